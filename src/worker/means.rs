//! Whether this machine and this wallet have what one more task takes: an engine, disk, and gas for two transactions. A
//! worker that could not reveal must not contribute.

use super::WorkerError;
use crate::container;
use crate::task::{TaskError, Tools};
use alloy::primitives::U256;
use std::time::Duration;

/// What stays free on the disk besides what the tasks may write.
const DISK_MARGIN_BYTES: u64 = 256 << 20;
/// The gas of a contribution that reaches consensus among many, and of a reveal, with room for both to be sent twice.
const GAS: u64 = 1_500_000;
/// The price of gas may rise between contribution and reveal.
const PRICE_RISE: u64 = 2;
/// An engine that is well says its version sooner.
const PATIENCE: Duration = Duration::from_secs(10);

/// Whether `computing` tasks, the next one among them, can be provided for.
pub(super) async fn check(tools: &Tools, computing: usize) -> Result<(), WorkerError> {
    disk(tools, computing as u64)?;
    gas(tools).await
}

/// Whether the engine answers.
pub(super) async fn engine(tools: &Tools) -> Result<(), WorkerError> {
    match tokio::time::timeout(PATIENCE, tools.engine.version()).await {
        Ok(Ok(_)) => Ok(()),
        Ok(Err(error)) => Err(TaskError::Container(error).into()),
        Err(_) => Err(WorkerError::EngineSilent { seconds: PATIENCE.as_secs() }),
    }
}

fn disk(tools: &Tools, computing: u64) -> Result<(), WorkerError> {
    let path = &tools.workdir;
    // It is made with the first task.
    let Some(free_bytes) = container::free_bytes(path).map_err(TaskError::Folder)? else { return Ok(()) };
    let each = tools.container_limits.disk_bytes();
    let needed_bytes = each.saturating_mul(computing).saturating_add(DISK_MARGIN_BYTES);
    if free_bytes < needed_bytes {
        return Err(WorkerError::DiskFull { path: path.clone(), free_bytes, needed_bytes });
    }
    Ok(())
}

async fn gas(tools: &Tools) -> Result<(), WorkerError> {
    let (chain, wallet) = (&tools.chain, tools.wallet);
    // Side by side, so that the balance is asked for together with whatever else is asked of the chain now.
    let (price_wei, balance_wei) = tokio::try_join!(chain.gas_price(), chain.gas_balance(wallet))?;
    let needed_wei = U256::from(price_wei).saturating_mul(U256::from(GAS * PRICE_RISE));
    if balance_wei < needed_wei {
        return Err(WorkerError::TooLittleGas { wallet, balance_wei, needed_wei });
    }
    Ok(())
}

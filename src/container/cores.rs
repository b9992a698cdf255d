//! Which run is on which processors: each run leases those that the fewest others are on.
//!
//! What is leased is known to this process alone. Two processes on one host do not see each other's leases; they begin
//! at different processors, and the kernel shares what they have in common.

use super::Cores;
use std::sync::{Arc, Mutex, PoisonError};

/// Each processor with the number of runs on it.
type Busy = Arc<Mutex<Vec<(usize, usize)>>>;

/// The processors of an engine's host and how many runs are on each.
#[derive(Clone, Debug)]
pub(super) struct CorePool {
    /// None where a run may be on any.
    busy: Option<Busy>,
}

/// Processors that a run is on, until this is dropped.
#[derive(Debug)]
pub(super) struct CoreLease {
    pool: Busy,
    cores: Vec<usize>,
}

impl CorePool {
    /// The processors of a host that has `count` of them, under the operator's rule. Among equals the first one is
    /// chosen by `salt`.
    pub(super) fn new(rule: &Cores, count: usize, salt: usize) -> Self {
        let mut cores = match rule {
            Cores::All => return Self { busy: None },
            Cores::Among(cores) => cores.clone(),
            Cores::Auto => (0..count).collect(),
        };
        let first = salt.checked_rem(cores.len()).unwrap_or(0);
        cores.rotate_left(first);
        Self { busy: Some(Arc::new(Mutex::new(cores.into_iter().map(|core| (core, 0)).collect()))) }
    }

    /// As many processors as `cpus` need, or all that there are; none when a run may be on any.
    pub(super) fn lease(&self, cpus: f64) -> Option<CoreLease> {
        let pool = self.busy.clone()?;
        let mut busy = pool.lock().unwrap_or_else(PoisonError::into_inner);
        // A float cast saturates.
        let wanted = (cpus.ceil() as usize).clamp(1, busy.len().max(1));
        let mut order: Vec<usize> = (0..busy.len()).collect();
        order.sort_by_key(|at| busy.get(*at).map(|(_, runs)| *runs));
        let mut cores = Vec::new();
        for at in order.into_iter().take(wanted) {
            if let Some((core, runs)) = busy.get_mut(at) {
                *runs += 1;
                cores.push(*core);
            }
        }
        drop(busy);
        cores.sort_unstable();
        (!cores.is_empty()).then_some(CoreLease { pool, cores })
    }
}

impl CoreLease {
    /// The processors, sorted.
    pub(super) fn cores(&self) -> &[usize] {
        &self.cores
    }
}

impl Drop for CoreLease {
    fn drop(&mut self) {
        let mut busy = self.pool.lock().unwrap_or_else(PoisonError::into_inner);
        for (core, runs) in busy.iter_mut() {
            if self.cores.contains(core) {
                *runs = runs.saturating_sub(1);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cores(lease: &Option<CoreLease>) -> &[usize] {
        lease.as_ref().map_or(&[], CoreLease::cores)
    }

    #[test]
    fn runs_spread_over_the_processors_and_give_them_back() {
        let pool = CorePool::new(&Cores::Auto, 3, 0);
        let (one, two) = (pool.lease(1.0), pool.lease(1.5));
        assert_eq!((cores(&one), cores(&two)), (&[0][..], &[1, 2][..]));
        drop(two);
        let three = pool.lease(1.0);
        assert_eq!(cores(&three), [1]);
        assert_eq!(cores(&pool.lease(8.0)), [0, 1, 2], "no more than there are");
        assert_eq!(cores(&pool.lease(0.1)), [2], "a whole one, and the one that is free");
    }

    #[test]
    fn the_operator_names_processors_or_lets_a_run_be_on_any() {
        let pool = CorePool::new(&Cores::Among(vec![4, 6]), 1, 1);
        let (one, two, three) = (pool.lease(1.0), pool.lease(1.0), pool.lease(1.0));
        assert_eq!((cores(&one), cores(&two), cores(&three)), (&[6][..], &[4][..], &[6][..]));
        assert!(CorePool::new(&Cores::All, 2, 0).lease(1.0).is_none());
        assert!(CorePool::new(&Cores::Auto, 0, 3).lease(1.0).is_none());
    }
}

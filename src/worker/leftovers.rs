//! What an earlier life left behind of tasks that are over: containers and folders. Those of tasks that go on are taken
//! up by their runners and are not touched.

use crate::container;
use crate::observe;
use crate::poco::TaskId;
use crate::task::Tools;
use std::collections::HashSet;
use std::path::PathBuf;

/// Removes them. What cannot be removed now is left to the next start: it is in nobody's way.
pub(super) async fn sweep(tools: &Tools, going_on: &HashSet<TaskId>) {
    let label = tools.label();
    match tools.engine.tasks(&label).await {
        Ok(tasks) => {
            for task in tasks.iter().filter(|task| task.parse().is_ok_and(|task| !going_on.contains(&task))) {
                if let Err(error) = tools.engine.sweep(&label, Some(task)).await {
                    observe::worker_failed(tools.wallet, "removing an old container", &error);
                }
            }
        }
        Err(error) => observe::worker_failed(tools.wallet, "looking for old containers", &error),
    }
    let (folder, wallet, spared) = (tools.workdir.join("tasks"), tools.wallet.to_string(), going_on.clone());
    let clearing = tokio::task::spawn_blocking(move || {
        let mut failed = Vec::new();
        for area in areas(&folder, &wallet, &spared) {
            failed.extend(container::clear_area(&crate::dapp::WorkArea::new(area)).err());
        }
        failed
    });
    for error in clearing.await.unwrap_or_default() {
        observe::worker_failed(tools.wallet, "removing an old folder", &error);
    }
}

/// The folders of this wallet's tasks that do not go on.
fn areas(folder: &std::path::Path, wallet: &str, spared: &HashSet<TaskId>) -> Vec<PathBuf> {
    let Ok(entries) = std::fs::read_dir(folder) else { return Vec::new() };
    let over = |name: &str| {
        let task = name.strip_suffix(wallet).and_then(|rest| rest.strip_suffix('-'));
        task.and_then(|task| task.parse().ok()).is_some_and(|task: TaskId| !spared.contains(&task))
    };
    let names = entries.flatten().filter(|entry| entry.file_name().to_str().is_some_and(over));
    names.map(|entry| entry.path()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloy::primitives::{Address, B256};

    #[test]
    fn only_folders_of_this_wallets_finished_tasks_are_found() {
        let dir = tempfile::tempdir().unwrap();
        let task = |byte| TaskId(B256::repeat_byte(byte));
        let (ours, other) = (Address::repeat_byte(1).to_string(), Address::repeat_byte(2).to_string());
        for name in [
            format!("{}-{ours}", task(1)),
            format!("{}-{ours}", task(2)),
            format!("{}-{other}", task(1)),
            "notes".into(),
        ] {
            std::fs::create_dir(dir.path().join(name)).unwrap();
        }
        let found = areas(dir.path(), &ours, &HashSet::from([task(2)]));
        assert_eq!(found, [dir.path().join(format!("{}-{ours}", task(1)))]);
        assert!(areas(&dir.path().join("none"), &ours, &HashSet::new()).is_empty());
    }
}

//! The sample dapps of the repository.

use super::serve_folder;
use poco::dapp::{AppEntry, BuyOrder, IexecJson};
use std::path::{Path, PathBuf};

/// What stands for the input server's address in a sample's iexec.json.
const PLACEHOLDER: &str = "http://localhost:8000";

/// A sample dapp, its image built and its inputs served.
pub(crate) struct SampleDapp {
    pub(crate) app: AppEntry,
    pub(crate) order: BuyOrder,
    /// Its iexec.json, nothing but the host of its inputs changed.
    pub(crate) iexec_json: String,
}

impl SampleDapp {
    /// The dapp whose iexec.json lies at `file`, below the repository.
    pub(crate) async fn prepare(name: &str, file: &str) -> Self {
        build(name).await;
        let text = std::fs::read_to_string(repository().join(file)).unwrap();
        assert!(text.contains(PLACEHOLDER), "{file} names the server of its inputs");
        let iexec_json = text.replace(PLACEHOLDER, &serve_folder(name).await);
        let json = IexecJson::parse(&iexec_json).unwrap();
        Self { app: json.app().unwrap(), order: json.order().unwrap(), iexec_json }
    }
}

/// Builds a sample's image and inputs where they are not there yet.
pub(crate) async fn build(name: &str) {
    let script = repository().join("fixtures/build.sh");
    let built = tokio::process::Command::new(script).arg(name).output().await.unwrap();
    assert!(built.status.success(), "{}", String::from_utf8_lossy(&built.stderr));
}

/// The root of the repository.
pub(crate) fn repository() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).to_owned()
}

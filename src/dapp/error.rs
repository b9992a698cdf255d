//! What can be wrong with a request, each with a stable code.

/// What can be wrong with a request.
#[derive(Debug, thiserror::Error)]
pub enum DappError {
    /// The app's type is not one that runs here.
    #[error("P-DA-001: app type `{0}` is not DOCKER")]
    AppType(String),
}

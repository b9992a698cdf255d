//! Configuration: flag, else environment, else file, else chain.json, else default.
//!
//! Each section is one struct that is read from the command line and the environment (clap) and from a section of the same
//! name in the TOML file (serde), so that a setting has one name and one meaning everywhere. Unknown keys are errors.

mod container;
mod error;
mod file;
mod images;
mod inputs;
mod secret;
mod sections;

pub use container::ContainerSection;
pub use error::ConfigError;
pub use file::ConfigFile;
pub use images::ImagesSection;
pub use inputs::InputsSection;
pub use secret::Secret;
pub use sections::{ChainPlace, ChainSection, PoolSection, WorkerSection};

//! Download and unpack: what a task names by URL becomes files in its folders.
//!
//! ```text
//! Input ──▶ name ──▶ cache, else Fetch (GET into downloads/) ──▶ sha-256 ──▶ what is it? ──┬─▶ file, kept under its name
//!                                                                                          └─▶ zip, unpacked at the root
//! ```
//!
//! This room writes below the task's own folder and into its cache, and nowhere else; [`Supply`] is its only door. Every input is
//! taken for hostile. It does not decide what is fetched (`dapp` does), does not hand the files to the
//! container's user (`container` does), and prints nothing: what was done with each input is returned as
//! [`Placed`].

mod apart;
mod archive;
mod cache;
mod checksum;
mod door;
mod error;
mod fetch;
mod gather;
mod ipfs;
mod limits;
mod name;
mod part;
mod place;
mod reader;
mod resolve;
mod settings;
mod sink;
mod supply;
mod unpack;

pub use apart::apart;
pub use archive::ArchiveKind;
pub use error::{EntryFault, InputError, IpfsFault};
pub use fetch::{Fetch, Got, HttpFetch};
pub use gather::Placed;
pub use limits::Limits;
pub use name::{check_name, name_from_url};
pub use settings::Settings;
pub use supply::Supply;

pub use crate::reach::{Barred, Reserved, Trust, Trusted};

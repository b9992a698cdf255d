//! What must hold of input from strangers, whatever its bytes: one function per fuzz target.
//!
//! | target | what it is given | what it asserts |
//! |---|---|---|
//! | [`zip`], [`tar`] | an archive | all or nothing, inside of the task's folder, within the limits, as the library reads it |
//! | [`image`] | an image's name | the grammar, and one spelling that is read back as itself |
//! | [`iexec_json`] | the file of a dapp's developer | what is registered and ordered is what a worker reads |
//! | [`params`] | a request's params | what runs is what was asked for, with the app's image and no more |
//! | [`envvars`] | variables of an app and of a request | one text for one list, and the app's value wins |
//! | [`words`] | a command line | words that are quoted come back; nothing is invented |
//! | [`patterns`] | an operator's rule and an image's name | a matcher of its own agrees; no spelling walks around a rule |
//!
//! A broken promise is a panic, which the fuzzer keeps as a file. Nothing here is of use to the program itself. The
//! inputs that are worth keeping are in `corpus/`, a folder per target.

#![forbid(unsafe_code)]
#![warn(missing_docs, unreachable_pub)]

mod archive;
mod envvars;
mod iexec_json;
mod image;
mod params;
mod patterns;
mod request;
mod tar;
mod words;
mod zip;

pub use envvars::envvars;
pub use iexec_json::iexec_json;
pub use image::image;
pub use params::params;
pub use patterns::patterns;
pub use tar::tar;
pub use words::words;
pub use zip::zip;

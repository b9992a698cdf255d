//! `poco check` from outside, on dapps whose flaws are known: each file of `dapps/` is the whole program of an image, and its
//! first comment says what is wrong with it. The program itself is run, its JSON is read: the causes must be these and no
//! others, each at its place; and where nothing is wrong, nothing may be found.
//!
//! `POCO_CHECK_TIMES=5 cargo nextest run --test determinism` checks each dapp five times in a row.
//!
//! What a cause looks like in a line of text, JSON or bytes is tested at `determinism::diff`, what a variation does to a
//! container in `tests/vary.rs`.

mod archives;
mod beside_reprotest;
mod chance;
mod clock;
mod expect;
mod image;
mod inputs;
mod language;
mod machine;
mod numbers;
mod order;
mod proofs;
mod stable;
mod two;

//! The pool's HTTP interface, asked by workers that behave and by others: a real pool on a devnet.

mod answers;
mod place;
mod results;

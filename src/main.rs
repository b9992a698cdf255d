//! The `poco` binary.

fn main() {}

//! What an input's file says besides its content.

use crate::expect::{At, dapp};
use poco::determinism::finding::Cause;

#[test]
fn when_it_was_changed() {
    dapp("input-time.py").reading_texts().differs(&[(Cause::FileMetadata, At::Line(2))]);
}

#[test]
fn what_may_be_done_with_it() {
    dapp("input-mode.sh").reading_texts().differs(&[(Cause::FileMetadata, At::Line(1))]);
}

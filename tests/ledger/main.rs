//! The ledger from outside: files of every kind in its place, several processes on one file, text and back.
//!
//! A second process is this test program again: it runs the one test that its parent names, with what it needs in its
//! environment.

mod damage;
mod processes;
mod rules;
mod support;
mod text;

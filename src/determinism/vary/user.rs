//! Whose processes they are.

use super::{Variation, not_possible};
use crate::container::SandboxUser;
use crate::determinism::finding::Cause;

/// The folder of another worker's user; it is there in every container, and can be written to.
const ANOTHER_HOME: &str = "/dev/shm";

pub(super) const USER: Variation = Variation::swing(
    "user",
    Cause::User,
    "runs as user 1234 of group 5678, who owns the inputs",
    |arrangement, _| {
        if !rustix::process::geteuid().is_root() {
            return not_possible("only root can give the inputs to another user");
        }
        arrangement.spec.user = SandboxUser { uid: 1234, gid: 5678 };
        Ok(())
    },
);

pub(super) const HOME: Variation =
    Variation::swing("home", Cause::User, "sets HOME to /dev/shm", |arrangement, _| {
        arrangement.spec.bend.set("HOME", ANOTHER_HOME);
        Ok(())
    });

//! What an engine must know of images besides those it has: the operator's rules, who has vouched, and who is pulling.

use super::ContainerError;
use super::policy::{Policy, Wanted};
use super::registry::Credentials;
use super::trust;
use crate::dapp::ImageDigest;
use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::time::Duration;
use tokio::sync::OwnedMutexGuard;

/// What the operator says of images, once for all runs of an engine.
#[derive(Clone, Debug)]
pub struct ImageRules {
    /// Which may run.
    pub policy: Policy,
    /// Where logins to registries come from.
    pub credentials: Credentials,
    /// Time without progress after which a pull is given up.
    pub patience: Duration,
    /// Disk for the images that were pulled, in bytes.
    pub budget_bytes: u64,
    /// How long after a task has asked for an image it is not removed: its container may still be to come.
    pub rest: Duration,
    /// The repository of the tags by which the engine knows again what was pulled. Workers that share an engine share it; no
    /// registry can have such a name (RFC 2606).
    pub mark: String,
}

impl Default for ImageRules {
    fn default() -> Self {
        Self {
            policy: Policy::default(),
            credentials: Credentials::of_this_user(),
            patience: Duration::from_secs(60),
            budget_bytes: 20 << 30,
            rest: Duration::from_secs(3600),
            mark: "poco.invalid/pulled".into(),
        }
    }
}

/// The gate before an engine's images.
#[derive(Debug)]
pub(super) struct Gate {
    pub(super) rules: ImageRules,
    /// Repository, digest and keys of signatures that held. A signature that held once holds for ever.
    vouched: Mutex<HashSet<String>>,
    turns: Mutex<HashMap<String, Weak<tokio::sync::Mutex<()>>>>,
}

impl Gate {
    /// A gate with these rules.
    pub(super) fn new(rules: ImageRules) -> Self {
        Self { rules, vouched: Mutex::default(), turns: Mutex::default() }
    }

    /// Checks rules and signatures for an image that is about to be obtained under this digest.
    pub(super) async fn vouched(&self, wanted: &Wanted, digest: &ImageDigest) -> Result<(), ContainerError> {
        let verdict = self.rules.policy.settle(wanted, &[*digest])?;
        for (_, keys) in verdict.signers() {
            let prints: Vec<String> = keys.iter().map(trust::PublicKey::fingerprint).collect();
            let known = format!("{} {digest} {}", wanted.reference, prints.join(" "));
            if !self.vouched.lock().unwrap_or_else(PoisonError::into_inner).contains(&known) {
                trust::check(&self.rules.credentials, &wanted.reference, digest, keys).await?;
                self.vouched.lock().unwrap_or_else(PoisonError::into_inner).insert(known);
            }
        }
        Ok(())
    }

    /// Waits until nobody else is obtaining the image of this name.
    pub(super) async fn turn(&self, name: &str) -> OwnedMutexGuard<()> {
        let lock = {
            let mut turns = self.turns.lock().unwrap_or_else(PoisonError::into_inner);
            turns.retain(|_, lock| lock.strong_count() > 0);
            let lock = turns.get(name).and_then(Weak::upgrade).unwrap_or_default();
            turns.insert(name.to_owned(), Arc::downgrade(&lock));
            lock
        };
        lock.lock_owned().await
    }
}

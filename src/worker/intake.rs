//! Whether tasks are taken at all. Failures of our own making cost the requester time and the pool its patience, so after
//! a few of them nothing is taken until one task has gone well again.
//!
//! ```text
//!          LIMIT failures in WINDOW           pause over, checks pass
//! Open ─────────────────────────────▶ Shut ─────────────────────────▶ Probing (one task)
//!   ▲                                  ▲ checks fail: pause doubles     │  │
//!   │                                  └──────── failure: pause doubles ┘  │
//!   └───────────────────────────────────────────────── the task computed ──┘
//! ```
//!
//! Pure: time is given, and nothing is done here but counting.

use crate::poco::TaskId;
use crate::task::Own;
use std::collections::VecDeque;
use std::time::Duration;
use tokio::time::Instant;

/// So many failures shut the intake…
const LIMIT: usize = 3;
/// …when they come within this time.
const WINDOW: Duration = Duration::from_secs(60);
/// The first pause before a probe.
const PAUSE: Duration = Duration::from_secs(5);
/// The longest.
const LONGEST: Duration = Duration::from_secs(300);

/// The gate before new tasks.
#[derive(Debug)]
pub(super) struct Intake {
    state: State,
}

#[derive(Debug)]
enum State {
    Open { failures: VecDeque<Instant> },
    Shut { why: Own, until: Instant, pause: Duration },
    Probing { pause: Duration, trial: Option<TaskId> },
}

impl Default for Intake {
    fn default() -> Self {
        Self { state: State::Open { failures: VecDeque::new() } }
    }
}

impl Intake {
    /// Something of ours failed. Answers for how long the intake is shut when that shuts it.
    pub(super) fn failed(&mut self, what: Own, now: Instant) -> Option<Duration> {
        let pause = match &mut self.state {
            State::Open { failures } => {
                failures.push_back(now);
                while failures.front().is_some_and(|first| now.duration_since(*first) > WINDOW) {
                    failures.pop_front();
                }
                if failures.len() < LIMIT {
                    return None;
                }
                PAUSE
            }
            State::Shut { .. } => return None,
            State::Probing { pause, .. } => longer(*pause),
        };
        self.state = State::Shut { why: what, until: now + pause, pause };
        Some(pause)
    }

    /// When to look whether what failed is well again; none unless shut.
    pub(super) fn look_at(&self) -> Option<Instant> {
        match self.state {
            State::Shut { until, .. } => Some(until),
            _ => None,
        }
    }

    /// What was looked at: well, so that one task may try, or what is still failing. Answers why it stays shut.
    pub(super) fn looked(&mut self, found: Option<Own>, now: Instant) -> Option<Own> {
        if let State::Shut { why, pause, .. } = self.state {
            self.state = match found {
                None => State::Probing { pause, trial: None },
                Some(why) => State::Shut { why, until: now + longer(pause), pause: longer(pause) },
            };
            return found.map(|_| why);
        }
        None
    }

    /// Whether a task may be taken now.
    pub(super) fn admits(&self) -> bool {
        match &self.state {
            State::Open { .. } => true,
            State::Shut { .. } => false,
            State::Probing { trial, .. } => trial.is_none(),
        }
    }

    /// A task is being taken.
    pub(super) fn took(&mut self, task: TaskId) {
        if let State::Probing { trial, .. } = &mut self.state {
            *trial = Some(task);
        }
    }

    /// A task has computed: this machine can. Answers whether that opens the intake.
    pub(super) fn computed(&mut self) -> bool {
        let opens = matches!(self.state, State::Probing { .. });
        if opens {
            *self = Self::default();
        }
        opens
    }

    /// A task is over, for whatever reason; if it was the one on trial, another may try.
    pub(super) fn over(&mut self, task: TaskId) {
        if let State::Probing { trial, .. } = &mut self.state
            && *trial == Some(task)
        {
            *trial = None;
        }
    }
}

fn longer(pause: Duration) -> Duration {
    (pause * 2).min(LONGEST)
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloy::primitives::B256;
    use proptest::prelude::*;

    const TASK: TaskId = TaskId(B256::ZERO);
    const OTHER: TaskId = TaskId(B256::repeat_byte(1));

    fn shut(now: Instant) -> Intake {
        let mut intake = Intake::default();
        assert_eq!(intake.failed(Own::Disk, now), None);
        assert_eq!(intake.failed(Own::Disk, now), None);
        assert!(intake.admits());
        assert_eq!(intake.failed(Own::Engine, now), Some(PAUSE));
        assert!(!intake.admits());
        assert_eq!(intake.look_at(), Some(now + PAUSE));
        intake
    }

    #[test]
    fn failures_far_apart_shut_nothing() {
        let mut now = Instant::now();
        let mut intake = Intake::default();
        for _ in 0..20 {
            assert_eq!(intake.failed(Own::Gas, now), None);
            now += WINDOW / 2 + Duration::from_secs(1);
        }
        assert!(intake.admits() && intake.look_at().is_none());
    }

    #[test]
    fn one_task_tries_and_opens() {
        let now = Instant::now();
        let mut intake = shut(now);
        assert_eq!(intake.looked(None, now), None);
        assert!(intake.admits());
        intake.took(TASK);
        assert!(!intake.admits(), "one at a time");
        intake.over(OTHER);
        assert!(!intake.admits());
        intake.over(TASK);
        assert!(intake.admits(), "it said nothing, so another may try");
        intake.took(OTHER);
        assert!(intake.computed() && intake.admits());
        intake.took(TASK);
        assert!(intake.admits(), "open for everybody");
    }

    #[test]
    fn pauses_double_up_to_a_limit() {
        let now = Instant::now();
        let mut intake = shut(now);
        assert!(!intake.computed(), "a task of before says nothing of now");
        let mut pause = PAUSE;
        for _ in 0..10 {
            assert!(intake.looked(Some(Own::Disk), now).is_some());
            pause = longer(pause);
            assert_eq!(intake.look_at(), Some(now + pause));
        }
        assert_eq!(pause, LONGEST);
        intake.looked(None, now);
        intake.took(TASK);
        assert_eq!(intake.failed(Own::Disk, now), Some(LONGEST));
        assert!(!intake.admits());
    }

    proptest! {
        /// Whatever comes in whatever order: while not open, at most one task is under way, and a way back stays.
        #[test]
        fn it_is_never_shut_for_ever_and_never_lets_two_try(steps in prop::collection::vec(0u8..6, 0..60)) {
            let mut now = Instant::now();
            let mut intake = Intake::default();
            for step in steps {
                now += Duration::from_secs(7);
                match step {
                    0 => drop(intake.failed(Own::Engine, now)),
                    1 => drop(intake.looked(None, now)),
                    2 => drop(intake.looked(Some(Own::Gas), now)),
                    3 if intake.admits() => {
                        let open = matches!(intake.state, State::Open { .. });
                        intake.took(TASK);
                        prop_assert!(open || !intake.admits());
                    }
                    4 => drop(intake.computed()),
                    _ => intake.over(TASK),
                }
                let trial = matches!(intake.state, State::Probing { trial: Some(_), .. });
                prop_assert!(intake.admits() || intake.look_at().is_some() || trial);
            }
        }
    }
}

//! One check of one dapp, and what must come of it.

use crate::image;
use poco::determinism::finding::{Cause, Finding, Place};
use poco::determinism::report::{Answer, Report};
use std::collections::BTreeSet;
use std::ops::RangeInclusive;
use std::path::PathBuf;
use std::process::{Command, Stdio};

/// The file of a classic proof.
const PROOF: &str = "consensus.iexec";

/// A dapp with what it is given.
#[derive(Clone, Debug)]
pub(crate) struct Dapp {
    image: String,
    args: Vec<String>,
    inputs: Vec<PathBuf>,
}

/// What is expected of the place of a difference.
#[derive(Clone, Debug)]
pub(crate) enum At {
    /// A line of the proof.
    Line(usize),
    /// Some line of the proof.
    AnyLine,
    /// A value of the proof, which is JSON.
    Value(&'static str),
    /// Somewhere in these bytes of a file: which of a time's bytes differ first is a matter of the time.
    Bytes(&'static str, RangeInclusive<u64>),
    /// Somewhere in a file.
    File(&'static str),
    /// The finding is about no place in an output.
    NoPlace,
}

/// The dapp of `dapps/SCRIPT`.
pub(crate) fn dapp(script: &str) -> Dapp {
    Dapp::of_image(&image::of_script(script))
}

impl Dapp {
    /// The dapp of an image that is there.
    pub(crate) fn of_image(image: &str) -> Self {
        Self { image: image.into(), args: Vec::new(), inputs: Vec::new() }
    }

    /// With these arguments, blanks between them.
    pub(crate) fn given(mut self, args: &str) -> Self {
        self.args.extend(args.split_whitespace().map(ToOwned::to_owned));
        self
    }

    /// With these files.
    pub(crate) fn reading(mut self, inputs: impl IntoIterator<Item = PathBuf>) -> Self {
        self.inputs.extend(inputs);
        self
    }

    /// With the four texts of `inputs/`.
    pub(crate) fn reading_texts(self) -> Self {
        let names = ["alpha", "bravo", "charlie", "delta"];
        self.reading(names.map(|name| image::here(&format!("inputs/{name}.txt"))))
    }

    /// Nothing may be found.
    pub(crate) fn is_stable(&self) {
        self.answers(Answer::Same, &[]);
    }

    /// Two runs disagree, for these causes and no others, at these places.
    pub(crate) fn differs(&self, expected: &[(Cause, At)]) {
        self.answers(Answer::Differs, expected);
    }

    /// There is no proof to compare.
    pub(crate) fn cannot_run(&self, cause: Cause) {
        self.answers(Answer::CouldNotRun, &[(cause, At::NoPlace)]);
    }

    fn answers(&self, answer: Answer, expected: &[(Cause, At)]) {
        for time in 1..=times() {
            let (status, report) = self.check();
            let told = || format!("check {time} of {}: {}\n{}", self.image, report.summary, all(&report));
            assert_eq!(report.answer, answer, "{}", told());
            assert_eq!(status, exit_code(answer), "{}", told());
            let causes: BTreeSet<_> = report.findings.iter().map(|finding| finding.cause).collect();
            assert_eq!(causes, expected.iter().map(|(cause, _)| *cause).collect(), "{}", told());
            for (cause, at) in expected {
                let found = report.findings.iter().filter(|finding| finding.cause == *cause);
                assert!(found.clone().any(|finding| at.is_of(finding)), "{cause:?} {at:?}: {}", told());
            }
        }
    }

    fn check(&self) -> (Option<i32>, Report) {
        let mut check = Command::new(env!("CARGO_BIN_EXE_poco"));
        // Another runtime is another kernel, or a part of one: what it shows a dapp is not the same on each engine.
        check.args(["check", "--json", "--vary", "-runtime"]);
        for input in &self.inputs {
            check.arg("--input").arg(input);
        }
        check.arg(&self.image).args(&self.args);
        let output = check.stdin(Stdio::null()).output().unwrap();
        let report = serde_json::from_slice(&output.stdout).unwrap_or_else(|error| {
            panic!("{check:?}: {error}\n{}", String::from_utf8_lossy(&output.stderr))
        });
        (output.status.code(), report)
    }
}

impl At {
    fn is_of(&self, finding: &Finding) -> bool {
        let place = finding.differences.first().map(|difference| &difference.place);
        match (self, place) {
            (Self::NoPlace, _) => true,
            (Self::Line(wanted), Some(Place::Text { path, line, .. })) => path == PROOF && line == wanted,
            (Self::AnyLine, Some(Place::Text { path, .. })) => path == PROOF,
            (Self::File(file), Some(Place::Text { path, .. } | Place::Binary { path, .. })) => path == file,
            (Self::Value(wanted), Some(Place::Json { path, pointer, .. })) => {
                path == PROOF && pointer == wanted
            }
            (Self::Bytes(file, wanted), Some(Place::Binary { path, offset, .. })) => {
                path == file && wanted.contains(offset)
            }
            _ => false,
        }
    }
}

/// As `poco check --help` has it.
fn exit_code(answer: Answer) -> Option<i32> {
    Some(match answer {
        Answer::Same => 0,
        Answer::Differs => 1,
        Answer::CouldNotRun => 4,
    })
}

fn times() -> u32 {
    std::env::var("POCO_CHECK_TIMES").map_or(1, |times| times.parse().unwrap())
}

/// What was found, in the report's own form: whoever mends a miss wants to see all of it.
fn all(report: &Report) -> String {
    serde_json::to_string_pretty(&(&report.findings, &report.runs)).unwrap()
}

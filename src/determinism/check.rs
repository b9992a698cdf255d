//! The check itself: which runs are made, in which order, and what is concluded.
//!
//! ```text
//! identical runs ┐            ┌─ agree ──▶ swings: all at once, the smallest sets, each alone again ──▶ causes
//! all variations ├─ side by ──┤                  ▲
//! another input  ┘   side     └─ differ ─▶ stills: the smallest set that makes them agree ──▶ causes
//!                                          none does ──▶ what the differences look like, and swings beside them
//! ```
//!
//! Runs that differ by themselves hide what else would change the digest, so what made them differ is held still while the
//! swings are tried.

use super::constant::{self, Other};
use super::explain::{self, Culprit};
use super::finding::{Cause, Difference, Finding};
use super::lab::{Lab, Seen, Trial, Why, milliseconds};
use super::mask::Mask;
use super::oracle::{Effect, Stills, Swings, agreed};
use super::places::differences;
use super::plan::{APART, Choice, Depth, Plan, named};
use super::report::{self, Answer, Digest, Purpose, Report, RunNote, VariationNote, VariationState};
use super::run::blocking;
use super::scene::Scene;
use super::search::{Oracle, Set, every, smallest};
use super::vary::{self, Way};
use super::{Bench, DeterminismError};
use crate::container::ContainerError;
use crate::poco::ResultDigest;
use std::collections::BTreeSet;
use std::sync::Mutex;
use std::time::Duration;

/// How often what seemed to be held still is searched for anew, with twice the runs, when it was not.
const ROUNDS: usize = 3;

/// What is asked of a check.
#[derive(Clone, Debug, Default)]
pub struct Wish {
    /// How thoroughly.
    pub depth: Depth,
    /// What is varied.
    pub choice: Choice,
    /// Containers side by side.
    pub jobs: usize,
    /// Seed of the other inputs and arguments.
    pub seed: u64,
    /// The words that were typed, the program's name first.
    pub invocation: Vec<String>,
}

/// A check under way.
struct Check<'a> {
    lab: &'a Lab<'a>,
    bench: &'a Bench<'a>,
    plan: Plan,
    seed: u64,
    jobs: usize,
    swings: Set,
    stills: Set,
}

/// What was concluded.
struct Verdict {
    answer: Answer,
    findings: Vec<Finding>,
    base: Option<ResultDigest>,
}

/// Checks the bench's subject, of which `scene` tells what can be varied; `told` hears of each run when it is over.
///
/// # Errors
/// What is no fault of the dapp's: an engine that is away, a disk that is full, a stop.
pub async fn check(
    bench: &Bench<'_>,
    scene: &Scene,
    wish: &Wish,
    told: &(dyn Fn(&RunNote) + Sync),
) -> Result<Report, DeterminismError> {
    let lab = Lab::new(bench, scene, told);
    let swings = lab.possible(&wish.choice.set(Way::Swing));
    let stills = lab.possible(&wish.choice.set(Way::Still));
    let check = Check {
        lab: &lab,
        bench,
        plan: wish.depth.plan(),
        seed: wish.seed,
        jobs: wish.jobs.max(1),
        swings,
        stills,
    };
    let verdict = check.conclude().await?;
    Ok(check.report(wish, verdict))
}

impl Check<'_> {
    async fn conclude(&self) -> Result<Verdict, DeterminismError> {
        let (subject, scratch) = (self.bench.subject().clone(), self.bench.scratch().root().to_path_buf());
        let seed = self.seed;
        let others = blocking(move || constant::others(&subject, &scratch, seed)).await?;
        let nothing = Set::new();
        let trial = Trial { purpose: Purpose::Identical, set: &nothing, other: None };
        let (identical, whole, other) = tokio::join!(
            self.lab.alike(&trial, self.plan.identical, APART),
            self.all_at_once(),
            self.other(others.first()),
        );
        let (identical, whole, other) = (identical?, whole?, other?);
        let failed: Vec<&Why> = identical.iter().filter_map(Seen::why).collect();
        match failed.first() {
            Some(Why::Refused(reason)) => {
                return Err(ContainerError::NotStarted { reason: reason.clone() }.into());
            }
            Some(why) if failed.len() == identical.len() => {
                let findings = vec![explain::of_nothing(why, &[], None)];
                return Ok(Verdict { answer: Answer::CouldNotRun, findings, base: None });
            }
            Some(why) => {
                let findings = vec![explain::at_times(why, failed.len(), identical.len())];
                let base = identical.iter().find_map(Seen::digest);
                return Ok(Verdict { answer: Answer::Differs, findings, base });
            }
            None => {}
        }
        let Some(base) = agreed(&identical) else { return self.by_itself(identical, whole).await };

        let known = whole.map(|seen| (self.swings.clone(), seen));
        let swung = self.swing(&nothing, base, &self.swings, &Mask::default(), known).await?;
        if let Swung::Unsteady(seen) = swung {
            return self.by_itself(identical.into_iter().chain(seen).collect(), None).await;
        }
        let Swung::Found(mut findings) = swung else { return Ok(Verdict::of(Vec::new(), base)) };
        explain::once(&mut findings, |name| Some(named(name)?.cause()));
        findings.extend(self.constant(base, &others, other).await?);
        Ok(Verdict::of(findings, base))
    }

    /// One run with every variation at full swing.
    async fn all_at_once(&self) -> Result<Option<Seen>, DeterminismError> {
        if self.swings.is_empty() {
            return Ok(None);
        }
        let trial = Trial { purpose: Purpose::AllVariations, set: &self.swings, other: None };
        Ok(Some(self.lab.run(trial).await?))
    }

    /// One run of something else.
    async fn other(&self, other: Option<&Other>) -> Result<Option<Seen>, DeterminismError> {
        let Some(other) = other else { return Ok(None) };
        let nothing = Set::new();
        let changed = Some((&other.launch, &other.stock));
        let trial = Trial { purpose: Purpose::OtherInput, set: &nothing, other: changed };
        Ok(Some(self.lab.run(trial).await?))
    }

    /// A finding if nothing that the dapp is given changes its digest.
    async fn constant(
        &self,
        base: ResultDigest,
        others: &[Other],
        first: Option<Seen>,
    ) -> Result<Option<Finding>, DeterminismError> {
        let (mut seen, mut tried) = (first, Vec::new());
        for (at, other) in others.iter().enumerate() {
            if at > 0 {
                seen = self.other(Some(other)).await?;
            }
            if seen != Some(Seen::Digest(base)) {
                return Ok(None);
            }
            tried.push(other.what.clone());
        }
        Ok((!tried.is_empty()).then(|| explain::constant(&tried)))
    }

    /// What of `swings` changes the output of the digest `base` where `mask` does not hide it, while `still` is held.
    async fn swing(
        &self,
        still: &Set,
        base: ResultDigest,
        swings: &Set,
        mask: &Mask,
        known: Option<(Set, Seen)>,
    ) -> Result<Swung, DeterminismError> {
        let oracle = Swings { lab: self.lab, still, base, mask, asked: Mutex::default() };
        if let Some((set, seen)) = known {
            oracle.know(&set, seen);
        }
        let found = self.found(&oracle, swings).await?;
        let mut findings = Vec::new();
        for (at, (set, effect)) in found.into_iter().enumerate() {
            if at == 0 {
                // Something was found, so whether nothing is there without it is worth another run.
                let control =
                    self.lab.run(Trial { purpose: Purpose::Identical, set: still, other: None }).await?;
                if oracle.effect(&control).await? != Effect::Same {
                    return Ok(Swung::Unsteady(vec![control]));
                }
            }
            let Some(seen) = oracle.seen(&set) else { continue };
            if effect == Effect::Refused {
                if let Seen::Nothing(Why::Refused(reason)) = &seen {
                    set.iter().for_each(|name| self.lab.impossible(name, reason.clone()));
                }
                continue;
            }
            let mut again = 0;
            for _ in 0..self.plan.confirm {
                let seen = oracle.again(&set, Purpose::Confirm).await?;
                again += u32::from(oracle.effect(&seen).await? == effect);
            }
            let confirmed = Some((again, u32::try_from(self.plan.confirm).unwrap_or(u32::MAX)));
            if again == 0 && still.is_empty() && effect == Effect::Differs {
                return Ok(Swung::Unsteady(vec![seen]));
            }
            // What comes and goes beside what differs by itself may be a part of that.
            if !mask.is_empty() && confirmed.is_some_and(|(again, of)| again < of) {
                continue;
            }
            let names: Vec<&str> = set.iter().copied().collect();
            match &seen {
                Seen::Digest(digest) => {
                    let differences = oracle.differences(*digest).await?;
                    findings.extend(explain::of_culprit(&self.culprit(&set, false, confirmed), &differences));
                }
                Seen::Nothing(why) => findings.push(explain::of_nothing(why, &names, confirmed)),
            }
        }
        Ok(Swung::Found(findings))
    }

    /// The smallest sets of swings that have an effect, each with it.
    async fn found(
        &self,
        oracle: &Swings<'_, '_>,
        swings: &Set,
    ) -> Result<Vec<(Set, Effect)>, DeterminismError> {
        let mut found = Vec::new();
        for (set, effect) in every(oracle, swings, Effect::Same, self.jobs).await? {
            if effect != Effect::Refused || set.len() == 1 {
                found.push((set, effect));
                continue;
            }
            // Only together are they refused, and `every` has dropped them all.
            for name in set {
                let alone: Set = [name].into();
                let effect = oracle.ask(&alone).await?;
                if effect != Effect::Same {
                    found.push((alone, effect));
                }
            }
        }
        Ok(found)
    }

    /// Runs that differ though nothing is varied: what makes them agree when it is held still is the cause.
    async fn by_itself(
        &self,
        identical: Vec<Seen>,
        whole: Option<Seen>,
    ) -> Result<Verdict, DeterminismError> {
        let nothing = Set::new();
        let looks = self.between(&identical).await?;
        let mut runs = self.plan.agree;
        for _ in 0..ROUNDS {
            let oracle = Stills { lab: self.lab, runs, asked: Mutex::default() };
            oracle.know(&nothing, identical.clone());
            let Some(set) = self.held(&oracle, &looks).await? else { break };
            let trial = Trial { purpose: Purpose::Confirm, set: &set, other: None };
            let again = self.lab.alike(&trial, self.plan.confirm, Duration::ZERO).await?;
            let all: Vec<Seen> = oracle.seen(&set).into_iter().chain(again).collect();
            if let Some(base) = agreed(&all) {
                return self.while_held(&oracle, &set, base, &looks).await;
            }
            // They had agreed by chance.
            runs *= 2;
        }
        let base = identical.iter().find_map(Seen::digest);
        let mut findings = explain::of_looks(&looks, !self.stills.is_empty());
        if let Some(base) = base {
            let known = whole.map(|seen| (self.swings.clone(), seen));
            let mask = self.parted(base, &identical).await?;
            if !mask.is_empty()
                && let Swung::Found(more) = self.swing(&nothing, base, &self.swings, &mask, known).await?
            {
                let told: BTreeSet<Cause> = findings.iter().map(|finding| finding.cause).collect();
                findings.extend(more.into_iter().filter(|finding| !told.contains(&finding.cause)));
            }
        }
        Ok(Verdict { answer: Answer::Differs, findings, base })
    }

    /// Where these part from the base, though nothing is varied.
    async fn parted(&self, base: ResultDigest, seen: &[Seen]) -> Result<Mask, DeterminismError> {
        let mut parted = Vec::new();
        for digest in seen.iter().filter_map(Seen::digest).filter(|digest| *digest != base) {
            parted.extend(differences(self.lab, base, digest).await?);
        }
        Ok(Mask::of(&parted))
    }

    /// The smallest set of stills that makes runs agree, if any does.
    async fn held(
        &self,
        oracle: &Stills<'_, '_>,
        looks: &[Difference],
    ) -> Result<Option<Set>, DeterminismError> {
        let seen: BTreeSet<Cause> = looks.iter().filter_map(|difference| difference.looks_like).collect();
        let choose = |wanted: &dyn Fn(Cause) -> bool| -> Set {
            let fits = |name: &&&str| named(name).is_some_and(|still| wanted(still.cause()));
            self.stills.iter().filter(fits).copied().collect()
        };
        // What the looks name themselves comes first: it is the nearest cause, where a farther one holds it still too.
        let nearest = choose(&|cause| seen.contains(&cause));
        let likely = choose(&|cause| explain::fits(cause, &seen));
        for whole in [&nearest, &likely, &self.stills] {
            if !whole.is_empty() && oracle.ask(whole).await? {
                return Ok(Some(smallest(oracle, whole, true, self.jobs).await?));
            }
        }
        Ok(None)
    }

    /// The causes that are held still, each with what differs when it alone is let go, and what else changes the digest.
    async fn while_held(
        &self,
        oracle: &Stills<'_, '_>,
        held: &Set,
        base: ResultDigest,
        looks: &[Difference],
    ) -> Result<Verdict, DeterminismError> {
        let confirmed = u32::try_from(self.plan.confirm).unwrap_or(u32::MAX);
        let mut findings = Vec::new();
        for name in held {
            let rest: Set = held.iter().copied().filter(|other| other != name).collect();
            oracle.ask(&rest).await?;
            let mut differences = self.between(&oracle.seen(&rest)).await?;
            if differences.is_empty() {
                differences = looks.to_vec();
            }
            let alone: Set = [*name].into();
            let culprit = self.culprit(&alone, true, Some((confirmed, confirmed)));
            findings.extend(explain::of_culprit(&culprit, &differences));
        }
        let causes: BTreeSet<Cause> = held.iter().filter_map(|name| Some(named(name)?.cause())).collect();
        let told = |name: &&&str| named(name).is_some_and(|swing| !causes.contains(&swing.cause()));
        let swings: Set = self.swings.iter().filter(told).copied().collect();
        if let Swung::Found(more) = self.swing(held, base, &swings, &Mask::default(), None).await? {
            findings.extend(more);
        }
        explain::once(&mut findings, |name| Some(named(name)?.cause()));
        Ok(Verdict { answer: Answer::Differs, findings, base: Some(base) })
    }

    /// What differs between the first two of these that do.
    async fn between(&self, seen: &[Seen]) -> Result<Vec<Difference>, DeterminismError> {
        let mut digests = seen.iter().filter_map(Seen::digest);
        let Some(first) = digests.next() else { return Ok(Vec::new()) };
        match digests.find(|other| *other != first) {
            Some(second) => differences(self.lab, first, second).await,
            None => Ok(Vec::new()),
        }
    }

    fn culprit<'n>(&self, set: &'n Set, still: bool, confirmed: Option<(u32, u32)>) -> Culprit<'n> {
        let causes = set.iter().filter_map(|name| Some(named(name)?.cause())).collect();
        let variables = self.lab.variables(set);
        Culprit { names: set.iter().copied().collect(), causes, variables, still, confirmed }
    }

    fn report(&self, wish: &Wish, verdict: Verdict) -> Report {
        let Verdict { answer, findings, base } = verdict;
        let subject = self.bench.subject();
        let (runs, impossible) = self.lab.told();
        let variations: Vec<VariationNote> = vary::all()
            .iter()
            .map(|variation| {
                let name = variation.name();
                let tried = runs.iter().any(|run| run.variations.iter().any(|other| other == name));
                let state = match impossible.get(name) {
                    Some(why) => VariationState::NotPossible { why: why.clone() },
                    None if tried => VariationState::Varied,
                    None => VariationState::LeftOut,
                };
                VariationNote { name: name.into(), what: variation.what().into(), state }
            })
            .collect();
        let varied = variations.iter().filter(|note| note.state == VariationState::Varied).count();
        let digest = base.map(|digest| Digest {
            value: digest.to_string(),
            rule: self.lab.rule(digest).map(|rule| rule.to_string()).unwrap_or_default(),
        });
        Report {
            version: report::VERSION,
            tool: format!("poco {}", env!("CARGO_PKG_VERSION")),
            invocation: wish.invocation.clone(),
            image: subject.reference.to_string(),
            image_id: subject.image.id.clone(),
            command: subject.launch.command.clone().unwrap_or_default(),
            inputs: subject.inputs.clone(),
            seed: wish.seed,
            answer,
            summary: summary(answer, &findings, runs.len(), varied),
            digest,
            findings,
            runs,
            variations,
            milliseconds: milliseconds(self.bench.began().elapsed()),
        }
    }
}

/// What came of the swings.
enum Swung {
    /// These findings.
    Found(Vec<Finding>),
    /// The dapp differs by itself at times: these runs did.
    Unsteady(Vec<Seen>),
}

impl Verdict {
    fn of(findings: Vec<Finding>, base: ResultDigest) -> Self {
        let answer = if findings.is_empty() { Answer::Same } else { Answer::Differs };
        Self { answer, findings, base: Some(base) }
    }
}

fn summary(answer: Answer, findings: &[Finding], runs: usize, varied: usize) -> String {
    // Two variations may be signs of one cause.
    let mut causes: Vec<&str> = Vec::new();
    for name in findings.iter().map(|finding| finding.cause.name()) {
        if !causes.contains(&name) {
            causes.push(name);
        }
    }
    match answer {
        Answer::Same => format!("No difference was found in {runs} runs under {varied} variations."),
        Answer::Differs if findings.iter().all(|finding| finding.cause == Cause::ConstantProof) => {
            "The digest stays the same, but it proves nothing.".into()
        }
        Answer::Differs => format!("Two machines would not agree: {}.", causes.join(", ")),
        Answer::CouldNotRun => format!("No run came to a proof: {}.", causes.join(", ")),
    }
}

//! The answer of all rules together.

use super::facts::Facts;
use super::rule::Holds;
use super::{Denied, Proof, Requirement, Rule, Wanted};
use crate::container::trust::PublicKey;
use crate::dapp::ImageDigest;

/// The operator's rules. None at all let everything run.
#[derive(Clone, Debug, Default)]
pub struct Policy {
    /// What never runs.
    pub deny: Vec<Rule>,
    /// What runs; with no rule here, whatever is not denied.
    pub allow: Vec<Rule>,
    /// What must be proved before it runs.
    pub require: Vec<Requirement>,
}

/// Whether an image runs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// It does, once what is required of it is proved.
    Allowed,
    /// It does not.
    Refused(Denied),
    /// That depends on what is not known, which is told as a refusal.
    Depends(Denied),
}

/// An answer, and the rules that it comes from.
#[derive(Clone, Debug)]
pub struct Verdict<'a> {
    /// The image's whole name: with the digest that pins it, else with its tag.
    pub image: String,
    /// The answer.
    pub answer: Answer,
    /// The rule that decided, or of which it depends; none when no rule speaks of the image.
    pub rule: Option<&'a Rule>,
    /// What must be proved yet, by every rule of `require` that holds or may hold.
    pub required: Vec<&'a Requirement>,
}

impl<'a> Verdict<'a> {
    fn refused(image: String, denied: Denied, rule: Option<&'a Rule>) -> Self {
        Self { image, answer: Answer::Refused(denied), rule, required: Vec::new() }
    }

    /// The keys of which one must have signed, by the rules that ask for it.
    pub fn signers(&self) -> impl Iterator<Item = (&'a Rule, &'a [PublicKey])> {
        self.required.clone().into_iter().filter_map(|required| match &required.proof {
            Proof::Signature(keys) => Some((&required.rule, keys.as_slice())),
            Proof::Digest => None,
        })
    }
}

impl Policy {
    /// What the rules say of an image that is known to have these digests; none while its tag is not resolved.
    pub fn verdict(&self, wanted: &Wanted, digests: &[ImageDigest]) -> Verdict<'_> {
        let facts = match Facts::new(wanted, digests) {
            Ok(facts) => facts,
            Err(error) => {
                return Verdict::refused(wanted.reference.to_string(), Denied::Name(error), None);
            }
        };
        let image = facts.name.effective();
        let (denying, doubt) = first(&self.deny, &facts, true);
        if let Some(rule) = denying {
            let denied = Denied::ByRule { image: image.clone(), rule: rule.to_string() };
            return Verdict::refused(image, denied, Some(rule));
        }
        let (allowing, hope) = first(&self.allow, &facts, false);
        if allowing.is_none() && hope.is_none() && !self.allow.is_empty() {
            let denied = Denied::NotListed { image: image.clone() };
            return Verdict::refused(image, denied, None);
        }
        let mut required = Vec::new();
        for requirement in &self.require {
            let holds = requirement.rule.holds(&facts, true);
            match requirement.proof {
                _ if holds == Holds::No => {}
                Proof::Digest if facts.name.pin.is_some() => {}
                Proof::Digest if holds == Holds::Yes => {
                    let denied =
                        Denied::Unpinned { image: image.clone(), rule: requirement.rule.to_string() };
                    return Verdict::refused(image, denied, Some(&requirement.rule));
                }
                _ => required.push(requirement),
            }
        }
        let (answer, rule) = match (doubt, allowing, hope) {
            (Some((rule, on)), ..) | (None, None, Some((rule, on))) => (
                Answer::Depends(Denied::Open { image: image.clone(), on, rule: rule.to_string() }),
                Some(rule),
            ),
            (None, allowing, _) => (Answer::Allowed, allowing),
        };
        Verdict { image, answer, rule, required }
    }

    /// Whether there may be a way for the image to run: refuses what no digest could save.
    ///
    /// # Errors
    /// Why it never runs.
    pub fn admits(&self, wanted: &Wanted) -> Result<(), Denied> {
        match self.verdict(wanted, &[]).answer {
            Answer::Refused(denied) => Err(denied),
            Answer::Allowed | Answer::Depends(_) => Ok(()),
        }
    }

    /// The last word on an image whose digests are known, with what must still be proved.
    ///
    /// # Errors
    /// Why it does not run; what is still unknown counts against it.
    pub fn settle(&self, wanted: &Wanted, digests: &[ImageDigest]) -> Result<Verdict<'_>, Denied> {
        let verdict = self.verdict(wanted, digests);
        match verdict.answer {
            Answer::Allowed => Ok(verdict),
            Answer::Refused(denied) | Answer::Depends(denied) => Err(denied),
        }
    }
}

/// The first rule that holds; and if none does, the first that may, with what it depends on.
type First<'a> = (Option<&'a Rule>, Option<(&'a Rule, &'static str)>);

fn first<'a>(rules: &'a [Rule], facts: &Facts, generous: bool) -> First<'a> {
    let mut doubt = None;
    for rule in rules {
        match rule.holds(facts, generous) {
            Holds::Yes => return (Some(rule), None),
            Holds::Depends(what) => doubt = doubt.or(Some((rule, what))),
            Holds::No => {}
        }
    }
    (None, doubt)
}

#[cfg(test)]
mod tests {
    use super::super::{Conditions, ImagePattern, Party};
    use super::*;
    use crate::dapp::ImageRef;
    use alloy::primitives::Address;
    use proptest::prelude::*;

    fn rule(list: &'static str, conditions: Conditions) -> Rule {
        Rule { list, number: 1, line: None, conditions }
    }

    fn image(pattern: &str) -> Conditions {
        Conditions { image: Some(ImagePattern::parse(pattern).unwrap()), ..Conditions::default() }
    }

    fn policy(deny: &[&str], allow: &[&str]) -> Policy {
        let rules = |list, patterns: &[&str]| patterns.iter().map(|text| rule(list, image(text))).collect();
        Policy { deny: rules("deny-images", deny), allow: rules("allow-images", allow), require: Vec::new() }
    }

    fn wanted(image: &str) -> Wanted {
        Wanted::new(ImageRef::new(image))
    }

    fn code(policy: &Policy, wanted: &Wanted, digests: &[ImageDigest]) -> Option<&'static str> {
        use crate::poco::Fault;
        policy.settle(wanted, digests).err().map(|denied| denied.code())
    }

    #[test]
    fn without_rules_everything_runs_and_what_has_no_name_does_not() {
        assert_eq!(code(&Policy::default(), &wanted("x"), &[]), None);
        assert_eq!(code(&Policy::default(), &wanted("X"), &[]), Some("P-DA-010"));
    }

    #[test]
    fn deny_wins_over_allow() {
        let both = policy(&["ghcr.io/acme/x"], &["ghcr.io/acme/*"]);
        assert_eq!(code(&both, &wanted("ghcr.io/acme/x:1"), &[]), Some("P-CO-040"));
        assert_eq!(code(&both, &wanted("ghcr.io/acme/y:1"), &[]), None);
        assert_eq!(code(&both, &wanted("ghcr.io/other/y:1"), &[]), Some("P-CO-041"));
    }

    #[test]
    fn a_tag_beside_a_digest_allows_nothing_but_still_forbids() {
        let digest = ImageDigest([7; 32]);
        let pinned = wanted("x:1").checked(digest);
        assert_eq!(code(&policy(&[], &["x:1"]), &wanted("x:1"), &[]), None);
        assert_eq!(code(&policy(&[], &["x:1"]), &pinned, &[]), Some("P-CO-041"));
        assert_eq!(code(&policy(&["x:1"], &[]), &pinned, &[]), Some("P-CO-040"));
        assert_eq!(code(&policy(&[], &["x"]), &pinned, &[]), None);
        assert_eq!(code(&policy(&[], &[&format!("x@{digest}")]), &pinned, &[]), None);
    }

    #[test]
    fn a_digest_that_is_not_known_yet_is_waited_for() {
        let (good, bad) = (ImageDigest([1; 32]), ImageDigest([2; 32]));
        for (deny, allow) in [(vec![format!("**@{bad}")], vec![]), (vec![], vec![format!("x@{good}")])] {
            let rules = policy(
                &deny.iter().map(String::as_str).collect::<Vec<_>>(),
                &allow.iter().map(String::as_str).collect::<Vec<_>>(),
            );
            let open = rules.verdict(&wanted("x:1"), &[]);
            assert!(matches!(open.answer, Answer::Depends(Denied::Open { on: "the image's digest", .. })));
            assert!(open.rule.is_some() && rules.admits(&wanted("x:1")).is_ok());
            assert_eq!(code(&rules, &wanted("x:1"), &[good]), None);
            assert!(code(&rules, &wanted("x:1"), &[bad]).is_some());
        }
    }

    #[test]
    fn what_is_never_known_counts_against_the_image() {
        let app = Conditions { app: Some(Address::repeat_byte(1)), ..Conditions::default() };
        let denied = Policy { deny: vec![rule("deny-images", app.clone())], ..Policy::default() };
        let allowed = Policy { allow: vec![rule("allow-images", app)], ..Policy::default() };
        for (policy, this, other) in [(denied, Some("P-CO-040"), None), (allowed, None, Some("P-CO-041"))] {
            let by = |byte| Wanted { app: Party::Is(Address::repeat_byte(byte)), ..wanted("x") };
            assert_eq!(code(&policy, &by(1), &[]), this);
            assert_eq!(code(&policy, &by(2), &[]), other);
            assert!(code(&policy, &wanted("x"), &[]).is_some());
        }
    }

    #[test]
    fn all_conditions_of_a_rule_must_hold() {
        let both = Conditions { requester: Some(Address::repeat_byte(1)), ..image("ghcr.io/**") };
        let rules = Policy { deny: vec![rule("deny-images", both)], ..Policy::default() };
        let by =
            |image: &str, byte| Wanted { requester: Party::Is(Address::repeat_byte(byte)), ..wanted(image) };
        assert_eq!(code(&rules, &by("ghcr.io/a/b", 1), &[]), Some("P-CO-040"));
        assert_eq!(code(&rules, &by("ghcr.io/a/b", 2), &[]), None);
        assert_eq!(code(&rules, &by("quay.io/a/b", 1), &[]), None);
    }

    #[test]
    fn a_dataset_that_nobody_brings_is_no_dataset() {
        let set = Conditions { dataset: Some(Address::repeat_byte(1)), ..Conditions::default() };
        let rules = Policy { allow: vec![rule("allow-images", set)], ..Policy::default() };
        let without = Wanted { dataset: Party::of(Address::ZERO), ..wanted("x") };
        assert_eq!(code(&rules, &without, &[]), Some("P-CO-041"));
    }

    #[test]
    fn a_digest_is_required_of_the_name_or_of_the_chain_and_not_of_the_registry() {
        let requirement = Requirement { rule: rule("require", image("ghcr.io/**")), proof: Proof::Digest };
        let rules = Policy { require: vec![requirement], ..Policy::default() };
        let digest = ImageDigest([7; 32]);
        assert_eq!(code(&rules, &wanted("ghcr.io/a/b:1"), &[digest]), Some("P-CO-042"));
        assert_eq!(code(&rules, &wanted("ghcr.io/a/b:1").checked(digest), &[]), None);
        assert_eq!(code(&rules, &wanted(&format!("ghcr.io/a/b@{digest}")), &[]), None);
        assert_eq!(code(&rules, &wanted("quay.io/a/b:1"), &[digest]), None);
    }

    const PATTERNS: [&str; 7] = ["x", "x:1", "acme/*", "ghcr.io/**", "**", "ghcr.io/acme/x:1.*", "y:2"];
    const IMAGES: [&str; 6] =
        ["x", "x:1", "acme/x", "ghcr.io/acme/x:1.2", "registry-1.docker.io/library/x:1", "y:2"];

    fn patterns() -> impl Strategy<Value = Vec<String>> {
        let digest = (0u8..3).prop_map(|byte| format!("**@{}", ImageDigest([byte; 32])));
        let named = prop::sample::select(&PATTERNS[..]).prop_map(str::to_owned);
        prop::collection::vec(prop_oneof![3 => named, 1 => digest], 0..4)
    }

    fn borrowed(texts: &[String]) -> Vec<&str> {
        texts.iter().map(String::as_str).collect()
    }

    proptest! {
        /// What is refused before the digest is known is refused with every digest, and a leave holds with every one.
        #[test]
        fn a_digest_only_settles_what_was_open(
            deny in patterns(), allow in patterns(), image in prop::sample::select(&IMAGES[..]), byte in 0u8..4,
        ) {
            let rules = policy(&borrowed(&deny), &borrowed(&allow));
            let settled = rules.settle(&wanted(image), &[ImageDigest([byte; 32])]).is_ok();
            match rules.verdict(&wanted(image), &[]).answer {
                Answer::Allowed => prop_assert!(settled),
                Answer::Refused(_) => prop_assert!(!settled),
                Answer::Depends(_) => {}
            }
        }

        /// One more rule to deny, or a longer list of what is allowed, moves the answer one way only; order decides nothing.
        #[test]
        fn rules_work_one_way(
            deny in patterns(), allow in patterns(), more in patterns(), image in prop::sample::select(&IMAGES[..]),
            byte in 0u8..4,
        ) {
            let runs = |deny: &[&str], allow: &[&str]| {
                policy(deny, allow).settle(&wanted(image), &[ImageDigest([byte; 32])]).is_ok()
            };
            let (deny, allow, more) = (borrowed(&deny), borrowed(&allow), borrowed(&more));
            let before = runs(&deny, &allow);
            prop_assert!(before || !runs(&[&deny[..], &more].concat(), &allow));
            if !allow.is_empty() {
                prop_assert!(!before || runs(&deny, &[&allow[..], &more].concat()));
            }
            let (mut back, mut turned) = (deny.clone(), allow.clone());
            back.reverse();
            turned.reverse();
            prop_assert_eq!(before, runs(&back, &turned));
        }
    }
}

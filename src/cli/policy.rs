//! `poco policy`: what the operator's rules say of an image.

use super::print;
use super::report::Report;
use crate::config::{ConfigFile, ImagesSection};
use crate::container::policy::{Answer, Denied, Party, Policy, Proof, Requirement, Rule, Verdict, Wanted};
use crate::dapp::{ImageDigest, ImageRef};
use crate::poco::Fault;
use alloy::primitives::Address;
use serde_json::{Value, json};
use std::path::PathBuf;

#[derive(clap::Subcommand)]
pub(super) enum Command {
    /// Which rule decides whether an image may run here, and why
    ///
    /// Nothing is asked of a registry. Exit code 0: it may run, once it shows what is required; 1: it may not; 3: that
    /// depends on something that was not given.
    Explain(ExplainArgs),
}

#[derive(clap::Args)]
pub(super) struct ExplainArgs {
    /// The image, as an app names it
    image: String,
    /// The digest that the chain gives for it
    #[arg(long, value_name = "DIGEST")]
    checksum: Option<ImageDigest>,
    /// Address of the app
    #[arg(long, value_name = "ADDRESS")]
    app: Option<Address>,
    /// Address of the requester
    #[arg(long, value_name = "ADDRESS")]
    requester: Option<Address>,
    /// Address of the dataset; zero for a deal without one
    #[arg(long, value_name = "ADDRESS")]
    dataset: Option<Address>,
    /// Print one JSON object
    #[arg(long)]
    json: bool,
    /// TOML file with the rules
    #[arg(long, env = "POCO_CONFIG", value_name = "FILE")]
    config: Option<PathBuf>,
    #[command(flatten)]
    images: ImagesSection,
}

pub(super) fn run(command: Command) -> Result<(), Report> {
    match command {
        Command::Explain(args) => explain(args),
    }
}

fn explain(args: ExplainArgs) -> Result<(), Report> {
    let party = |address: Option<Address>| address.map_or(Party::Unknown, Party::of);
    let wanted = Wanted {
        reference: ImageRef::parse(&args.image)?,
        checksum: args.checksum,
        app: party(args.app),
        requester: party(args.requester),
        dataset: party(args.dataset),
    };
    let given = ConfigFile { images: args.images, ..ConfigFile::default() };
    let policy = ConfigFile::read(args.config.as_deref())?.fill(given).images.policy()?;
    let verdict = policy.verdict(&wanted, &[]);
    if args.json {
        print::data(as_json(&verdict));
    } else {
        as_words(&policy, &verdict).iter().for_each(print::data);
    }
    match verdict.answer {
        Answer::Allowed => Ok(()),
        Answer::Refused(denied) | Answer::Depends(denied) => Err(denied.into()),
    }
}

fn as_json(verdict: &Verdict<'_>) -> Value {
    let (answer, denied) = match &verdict.answer {
        Answer::Allowed => ("allowed", None),
        Answer::Refused(denied) => ("refused", Some(denied)),
        Answer::Depends(denied) => ("depends", Some(denied)),
    };
    let on = match denied {
        Some(Denied::Open { on, .. }) => Some(on),
        _ => None,
    };
    let rule = |rule: &Rule| {
        let says = rule.conditions.to_string();
        json!({ "list": rule.list, "number": rule.number, "line": rule.line, "says": says })
    };
    let required = verdict.required.iter().map(|required| {
        let keys = match &required.proof {
            Proof::Digest => None,
            Proof::Signature(keys) => Some(keys.iter().map(ToString::to_string).collect::<Vec<_>>()),
        };
        let proof = if keys.is_some() { "signature" } else { "digest" };
        json!({ "rule": rule(&required.rule), "proof": proof, "keys": keys })
    });
    json!({
        "image": verdict.image,
        "answer": answer,
        "code": denied.map(Fault::code),
        "dependsOn": on,
        "rule": verdict.rule.map(rule),
        "required": required.collect::<Vec<_>>(),
    })
}

fn as_words(policy: &Policy, verdict: &Verdict<'_>) -> Vec<String> {
    let (deny, allow, require) = (policy.deny.len(), policy.allow.len(), policy.require.len());
    let decided = match (verdict.rule, &verdict.answer) {
        (Some(rule), _) => rule.to_string(),
        (None, Answer::Allowed) if allow == 0 && deny == 0 => {
            "no rule: none denies or allows anything".into()
        }
        (None, Answer::Allowed) => {
            "no rule: `allow-images` is empty, so that all runs that is not denied".into()
        }
        (None, _) => "no rule of `allow-images` means it".into(),
    };
    let answer = match verdict.answer {
        Answer::Allowed if verdict.required.is_empty() => "may run",
        Answer::Allowed => "may run, once it shows what is required",
        Answer::Refused(_) => "may not run",
        Answer::Depends(_) => "may run or not: that depends",
    };
    let mut lines = vec![
        format!("image     {}", verdict.image),
        format!("answer    {answer}"),
        format!("decided   {decided}"),
    ];
    lines.extend(verdict.required.iter().map(|required| format!("required  {}", demand(required))));
    lines.push(format!("rules     {deny} deny, {allow} allow, {require} require; deny wins"));
    lines
}

fn demand(required: &Requirement) -> String {
    let what = match &required.proof {
        Proof::Digest => "a digest in its name or on chain".to_owned(),
        Proof::Signature(keys) => {
            let names: Vec<String> = keys.iter().map(ToString::to_string).collect();
            format!("a signature by {}", names.join(" or "))
        }
    };
    format!("{what}, by {}", required.rule)
}

//! What the commands of a dapp's developer share: which dapp, with which inputs, on which engine.

use super::report::Report;
use crate::config::{ConfigFile, ContainerSection};
use crate::container::{DockerEngine, Limits};
use crate::dapp::{IexecJson, ImageRef};
use crate::determinism::{Asked, DeterminismError, Given, Means, Scratch, Subject};
use crate::observe;
use std::path::{Path, PathBuf};
use std::time::Duration;
use tokio_util::sync::CancellationToken;

/// What an iexec.json is called when nothing is said.
const FILE: &str = "iexec.json";

#[derive(clap::Args)]
pub(super) struct SubjectArgs {
    /// An iexec.json, or an image of the classic contract (/iexec) [default: iexec.json]
    #[arg(value_name = "IEXEC.JSON | IMAGE")]
    subject: Option<String>,
    /// Words for the image in place of its own command; options of poco stand before them, or before `--`
    #[arg(trailing_var_arg = true, allow_hyphen_values = true, value_name = "ARGS")]
    args: Vec<String>,
    /// A file, a zip, a folder's content or a URL for the dapp's input folder; may be repeated
    #[arg(long, value_name = "FILE | DIR | ZIP | URL")]
    input: Vec<String>,
    /// The longest that one run may take
    #[arg(long, value_name = "TIME", value_parser = humantime::parse_duration, default_value = "5m")]
    time: Duration,
    /// TOML file with the settings of a worker: its sections container, images and inputs hold here too
    #[arg(long, env = "POCO_CONFIG", value_name = "FILE")]
    config: Option<PathBuf>,
    #[command(flatten)]
    container: ContainerSection,
}

/// An engine, a subject and the folder that both work in.
pub(super) struct Desk {
    pub(super) engine: DockerEngine,
    pub(super) subject: Subject,
    pub(super) scratch: Scratch,
}

/// Gets everything that a run needs.
pub(super) async fn desk(args: SubjectArgs, keep: bool, stop: &CancellationToken) -> Result<Desk, Report> {
    let asked = asked(args.subject, args.args)?;
    let given: Vec<Given> = args.input.iter().map(|text| Given::of(text)).collect();
    let file = ConfigFile::read(args.config.as_deref())?;
    let settings = file.fill(ConfigFile { container: args.container, ..ConfigFile::default() });
    let engine = DockerEngine::connect_with(settings.container.rules()).await?;
    let engine = engine.with_images(settings.images.rules()?);
    let scratch = Scratch::new(keep)?;
    let inputs = settings.inputs.settings(false);
    let limits = Limits { wall_clock: args.time, ..settings.container.limits() };
    let means = Means { engine: &engine, inputs: &inputs, limits, stop };
    let subject = Subject::resolve(&asked, &given, &means, scratch.stock()).await?;
    Ok(Desk { engine, subject, scratch })
}

fn asked(subject: Option<String>, args: Vec<String>) -> Result<Asked, DeterminismError> {
    let named = subject.as_deref().filter(|name| !is_file(name));
    if let Some(name) = named {
        return Ok(Asked::Image { reference: ImageRef::parse(name)?, args });
    }
    let path = PathBuf::from(subject.as_deref().unwrap_or(FILE));
    if subject.is_none() && !path.exists() {
        return Err(DeterminismError::NoSubject);
    }
    let text = std::fs::read_to_string(&path);
    let text = text.map_err(|source| DeterminismError::File { path, source })?;
    Ok(Asked::File(IexecJson::parse(&text)?))
}

/// An image's name may not end like that by chance.
fn is_file(name: &str) -> bool {
    Path::new(name).extension().is_some_and(|extension| extension == "json")
}

/// A token that Ctrl-C and SIGTERM cancel.
pub(super) fn stop_on_signal() -> CancellationToken {
    let stop = CancellationToken::new();
    let signalled = stop.clone();
    // It ends with the runtime: a command that is over needs no signals.
    tokio::spawn(async move {
        observe::stop_signal().await;
        signalled.cancel();
    });
    stop
}

//! A container that does nothing, from creation to removal.

use super::Row;
use crate::data;
use crate::pairs::{ROUNDS, Side, Table, Unit, in_milliseconds};
use crate::tools::{command, shell};
use poco::container::policy::{Party, Wanted};
use poco::container::{Bend, DockerEngine, Engine, Image, Labels, Limits, RunSpec, SandboxUser, clear_area};
use poco::dapp::{Folder, ImageRef, Launch, Mount, ProofRule, RunAs, WorkArea};
use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;
use tokio::runtime::Runtime;
use tokio_util::sync::CancellationToken;

pub const ROW: Row = Row {
    name: "container",
    what: "create, start, wait, output and removal of a container that does nothing, in the worker's whole sandbox.",
    run,
};

/// The image of the row: the distribution's static busybox and nothing else.
pub const IMAGE: &str = "poco-bench/true:1";
const PER_SIDE: usize = 4;

fn run() -> Vec<Table> {
    let runtime = Runtime::new().expect("a runtime");
    make_image();
    let engine = runtime.block_on(DockerEngine::connect()).expect("a Docker engine");
    let image =
        runtime.block_on(engine.image(&Wanted::new(ImageRef::new(IMAGE)))).expect("the image was made");
    let folder = data::folder();
    let bundle = make_bundle();
    let docker =
        format!("docker run --rm --network none -v {}:/iexec {IMAGE} true", folder.join("empty").display());
    fs::create_dir_all(folder.join("empty")).expect("target can be written");

    let mut sides = vec![
        Side::new("poco", || side_by_side(&runtime, &engine, &image, 1, 1)),
        Side::new("docker run", || command(&folder, &docker)),
    ];
    for low in ["runc", "crun"].into_iter().filter(|low| works(&bundle, low)) {
        let (folder, line) = (&bundle, format!("{low} run poco-bench-{low}"));
        sides.push(Side::new(format!("{low} run (the floor)"), move || command(folder, &line)));
    }
    let mut tables =
        vec![Table::measure("one after another, one container", Unit::Milliseconds, 3 * ROUNDS, sides)];
    for width in [1, 2, 4, 8] {
        let count = PER_SIDE * width;
        let rate = |milliseconds: f64| count as f64 / milliseconds * 1e3;
        let line =
            format!("for n in $(seq {PER_SIDE}); do for w in $(seq {width}); do {docker} & done; wait; done");
        let sides = vec![
            Side::new("poco", || rate(side_by_side(&runtime, &engine, &image, width, count))),
            Side::new("docker run", || rate(crate::pairs::milliseconds(|| shell(&folder, &line)))),
        ];
        tables.push(Table::measure(format!("{width} side by side"), Unit::PerSecond, ROUNDS, sides));
    }
    tables
}

/// Runs `count` containers, `width` at a time; how long that takes.
fn side_by_side(runtime: &Runtime, engine: &DockerEngine, image: &Image, width: usize, count: usize) -> f64 {
    use futures_util::StreamExt;
    runtime.block_on(async {
        let start = Instant::now();
        let runs = (0..count).map(|_| one(engine, image));
        futures_util::stream::iter(runs).buffer_unordered(width).for_each(|()| async {}).await;
        in_milliseconds(start.elapsed())
    })
}

/// One that does nothing, from creation to removal.
pub async fn one(engine: &DockerEngine, image: &Image) {
    static NUMBER: AtomicU64 = AtomicU64::new(0);
    let number = NUMBER.fetch_add(1, Ordering::Relaxed);
    let area = WorkArea::new(data::folder().join(format!("run-{number}")));
    let spec = RunSpec {
        labels: Labels {
            task: format!("bench-{}-{number}", std::process::id()),
            worker: "poco-bench".into(),
        },
        app: Party::Unknown,
        image: image.clone(),
        launch: Launch {
            mounts: vec![Mount { folder: Folder::Shared, target: "/iexec", writable: true }],
            env: vec![],
            command: Some(vec!["true".into()]),
            user: RunAs::Worker,
            outputs: Folder::Shared,
            proof: ProofRule::Consensus { callback: false },
        },
        area: area.clone(),
        user: SandboxUser::of_this_host(),
        limits: Limits::default(),
        measured: false,
        bend: Bend::default(),
    };
    let outcome = engine.run(&spec, &CancellationToken::new()).await.expect("it runs");
    assert!(outcome.verdict().is_ok() && outcome.removed, "{outcome:?}");
    clear_area(&area).expect("what nothing wrote is removed");
}

/// Makes the image, out of the distribution's static busybox.
pub fn make_image() {
    let line = format!(
        "docker image inspect {IMAGE} || (rm -rf true && mkdir -p true/bin && cp $(command -v busybox) true/bin/busybox && \
         ln -s busybox true/bin/true && ln -s busybox true/bin/sh && \
         tar -C true -c . | docker import --change 'ENV PATH=/bin' --change 'CMD [\"true\"]' - {IMAGE})"
    );
    shell(&data::folder(), &line);
}

/// A bundle of the same files for the runtimes themselves.
fn make_bundle() -> std::path::PathBuf {
    let bundle = data::folder().join("bundle");
    if !bundle.join("config.json").exists() {
        let line = "mkdir -p bundle/rootfs/bin && cp $(command -v busybox) bundle/rootfs/bin/busybox && \
                    ln -sf busybox bundle/rootfs/bin/true && cd bundle && runc spec && \
                    sed -i 's/\"terminal\": true/\"terminal\": false/; s/\"sh\"/\"true\"/' config.json";
        shell(&data::folder(), line);
    }
    bundle
}

fn works(bundle: &Path, runtime: &str) -> bool {
    let line = format!("{runtime} run poco-bench-try-{runtime}");
    let mut shell = Command::new("sh");
    shell.args(["-c", &line]).current_dir(bundle).stdout(Stdio::null()).stderr(Stdio::null());
    shell.status().is_ok_and(|status| status.success())
}

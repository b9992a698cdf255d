//! The target `params`.

use crate::envvars::check;
use crate::request::{request, told_inside};
use poco::dapp::classic::ClassicParams;
use poco::dapp::live::LiveParams;
use poco::dapp::{Fetched, ImageConfig, InputName, Launch, Request, contract_for};
use poco::inputs::{check_name, name_from_url};

const PLAIN: &str = "acme/plain:1";
const CLASSIC: &str = "XWDOCKERIMAGE=acme/classic:1,LANG=C";

/// `data` is the params of a request, for an app of either contract.
pub fn params(data: &[u8]) {
    let params = &String::from_utf8_lossy(data);
    if let Err(error) = ClassicParams::parse(params) {
        told_inside(params, &error);
    }
    let live = LiveParams::parse(params);
    if !params.trim_start().starts_with('{') {
        assert_eq!(live, LiveParams { args: params.to_string(), ..LiveParams::default() });
    }
    for (multiaddr, image) in [(PLAIN, PLAIN), (CLASSIC, "acme/classic:1")] {
        run(&request(multiaddr, params, params.len().is_multiple_of(2)), image);
    }
}

/// What becomes of the request when its contract takes it.
fn run(request: &Request, image: &str) {
    let contract = contract_for(request);
    let Ok(plan) = contract.plan(request) else { return };
    assert_eq!(plan.image.as_str(), image, "the requester cannot change the image");
    assert_eq!(plan.checksum, None);
    for input in &plan.inputs {
        assert!(matches!(input.url.scheme(), "http" | "https"), "{}", input.url);
        match &input.name {
            InputName::Fixed(name) => check_name(name).expect("a name of ours"),
            InputName::FromUrl => {
                drop(name_from_url(&input.url).map(|name| check_name(&name).expect("a plain name")))
            }
        }
    }
    let launch = contract.launch(request, &Fetched::default(), &ImageConfig::default());
    let launch = match launch {
        Ok(launch) => launch,
        Err(error) => {
            assert_ne!(contract.name(), "classic", "planned, and then refused: {error}");
            return;
        }
    };
    check(&launch.env);
    assert!(launch.command.iter().flatten().all(|word| !word.contains('\0')));
    assert!(launch.mounts.iter().any(|mount| mount.folder == launch.outputs && mount.writable));
    for input in &plan.inputs {
        assert!(
            launch.mounts.iter().any(|mount| mount.folder == input.folder),
            "it lies where nobody sees it"
        );
    }
    // A task that is taken up again runs what was written down of it.
    let written = serde_json::to_string(&launch).expect("it can be written");
    assert_eq!(serde_json::from_str::<Launch>(&written).expect("it can be read"), launch);
}

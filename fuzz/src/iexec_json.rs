//! The target `iexec_json`.

use crate::envvars::check;
use crate::request::{request, told_inside};
use poco::dapp::classic::ClassicParams;
use poco::dapp::envvars::AppAddress;
use poco::dapp::{IexecJson, contract_for};
use serde_json::json;

/// `data` is an `iexec.json`.
pub fn iexec_json(data: &[u8]) {
    let text = &String::from_utf8_lossy(data);
    let file = match IexecJson::parse(text) {
        Ok(file) => file,
        Err(error) => return told_inside(text, &error),
    };
    let (app, order) = (file.app(), file.order());
    if let Ok(app) = &app {
        assert_eq!(AppAddress::parse(&app.multiaddr()).as_ref(), Ok(&app.address), "{}", app.multiaddr());
        check(&app.address.env);
        assert!(app.kind == "DOCKER" && !app.name.is_empty());
        assert!(app.checksum.is_none_or(|checksum| !checksum.is_zero()));
    }
    let Ok(order) = order else { return };
    // What goes on chain can be written into the file as it is, and goes on chain alike.
    let app_part = serde_json::from_str::<serde_json::Value>(text.trim_start_matches('\u{feff}'));
    let app_part = app_part.ok().and_then(|root| root.get("app").cloned());
    let again = json!({ "app": app_part, "order": { "buy": { "params": order.params } } }).to_string();
    let again = IexecJson::parse(&again).and_then(|file| file.order()).map(|order| order.params);
    assert_eq!(again.as_ref(), Ok(&order.params));
    // What was checked here is not refused by a worker as what it is not.
    let Ok(app) = app else { return };
    let request = request(&app.multiaddr(), &order.params, order.callback.is_some());
    if contract_for(&request).name() == "classic" {
        ClassicParams::parse(&order.params).expect("a worker can read it");
        let plan = contract_for(&request).plan(&request).expect("a worker takes it");
        assert_eq!(&plan.image, app.image());
    }
}

//! The JSON form: what is written can be read again, and the published schema says what it is.

use crate::schema::faults;
use crate::{SAMPLES, sample, sample_text};
use poco::determinism::finding::Cause;
use serde_json::{Value, json as value, to_value};

fn schema() -> Value {
    let path = format!("{}/docs/check.schema.json", env!("CARGO_MANIFEST_DIR"));
    serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap()
}

#[test]
fn what_is_written_can_be_read_again() {
    for name in SAMPLES {
        let report = sample(name);
        assert_eq!(
            to_value(&report).unwrap(),
            serde_json::from_str::<Value>(&sample_text(name)).unwrap(),
            "{name}"
        );
    }
}

#[test]
fn the_schema_takes_what_is_written() {
    for name in SAMPLES {
        let written = to_value(sample(name)).unwrap();
        assert_eq!(faults(&schema(), &written), Vec::<String>::new(), "{name}");
    }
}

#[test]
fn the_schema_refuses_what_is_never_written() {
    let whole: Value = serde_json::from_str(&sample_text("differs")).unwrap();
    for (pointer, wrong) in [
        ("/answer", value!("deterministic")),
        ("/version", value!(2)),
        ("/digest/value", value!("0x12")),
        ("/findings/0/cause", value!("moon")),
        ("/findings/0/confirmed", value!([1])),
        ("/findings/0/differences/0/place/kind", value!("binary")),
        ("/findings/0/differences/0/magnitude", value!({ "kind": "bytes", "differ": 1 })),
        ("/runs/0/purpose", value!("fun")),
        ("/runs/0", value!({})),
        ("/variations/0/why", value!(null)),
        ("/seed", value!(-1)),
    ] {
        let mut changed = whole.clone();
        *changed.pointer_mut(pointer).unwrap() = wrong;
        assert!(!faults(&schema(), &changed).is_empty(), "{pointer}");
    }
}

#[test]
fn the_schema_has_every_cause() {
    let names = Cause::ALL.map(Cause::name).to_vec();
    assert_eq!(schema()["$defs"]["cause"]["enum"], value!(names));
}

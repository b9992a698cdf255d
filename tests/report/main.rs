//! The reports of `poco check`: as data, as JUnit, at a terminal, and as a page that is looked at in a real browser. What is
//! reported lies in `samples`.

mod browser;
mod data;
mod docs;
mod forms;
mod hostile;
mod page;
mod schema;

use poco::determinism::report::Report;

const SAMPLES: [&str; 3] = ["differs", "same", "could-not-run"];

fn sample_text(name: &str) -> String {
    let path = format!("{}/tests/report/samples/{name}.json", env!("CARGO_MANIFEST_DIR"));
    std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{path}: {error}"))
}

fn sample(name: &str) -> Report {
    serde_json::from_str(&sample_text(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
}

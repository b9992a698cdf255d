//! Sides measured turn by turn, so that whatever else this machine does falls on all of them alike.

use std::fmt::Write;
use std::time::{Duration, Instant};

/// How many rounds, unless a row says otherwise: the least that a median of noisy samples is worth something at.
pub const ROUNDS: usize = 7;

/// What the samples of a table are.
#[derive(Clone, Copy, PartialEq)]
pub enum Unit {
    /// Milliseconds: less is better.
    Milliseconds,
    /// Seconds: less is better.
    Seconds,
    /// Events in a second: more is better.
    PerSecond,
    /// MiB: less is better.
    Mebibytes,
}

impl Unit {
    fn word(self) -> &'static str {
        match self {
            Self::Milliseconds => "ms",
            Self::Seconds => "s",
            Self::PerSecond => "/s",
            Self::Mebibytes => "MiB",
        }
    }
}

/// One way of doing the job.
pub struct Side<'a> {
    name: String,
    sample: Box<dyn FnMut() -> f64 + 'a>,
}

impl<'a> Side<'a> {
    /// A side whose samples are numbers in the table's unit.
    pub fn new(name: impl Into<String>, sample: impl FnMut() -> f64 + 'a) -> Self {
        Self { name: name.into(), sample: Box::new(sample) }
    }

    /// A side that does the job once for a sample.
    pub fn timed(name: impl Into<String>, mut job: impl FnMut() + 'a) -> Self {
        Self::new(name, move || milliseconds(&mut job))
    }
}

/// How long a job takes.
pub fn milliseconds(job: impl FnOnce()) -> f64 {
    let start = Instant::now();
    job();
    in_milliseconds(start.elapsed())
}

/// A duration in milliseconds.
pub fn in_milliseconds(time: Duration) -> f64 {
    time.as_secs_f64() * 1e3
}

/// What was measured of one job.
pub struct Table {
    caption: String,
    unit: Unit,
    samples: Vec<(String, Vec<f64>)>,
    notes: Vec<String>,
}

impl Table {
    /// Measures the sides turn by turn; the first is ours. One round before the others is not counted.
    pub fn measure(caption: impl Into<String>, unit: Unit, rounds: usize, mut sides: Vec<Side<'_>>) -> Self {
        let caption = caption.into();
        let mut samples: Vec<(String, Vec<f64>)> =
            sides.iter().map(|side| (side.name.clone(), vec![])).collect();
        for round in 0..=rounds {
            for (side, (_, taken)) in sides.iter_mut().zip(&mut samples) {
                let sample = (side.sample)();
                if round > 0 {
                    taken.push(sample);
                }
            }
            eprint!("\r   {caption}: round {round} of {rounds}");
        }
        eprintln!();
        Self { caption, unit, samples, notes: vec![] }
    }

    /// Figures that were taken elsewhere.
    pub fn of(caption: impl Into<String>, unit: Unit, samples: Vec<(String, Vec<f64>)>) -> Self {
        Self { caption: caption.into(), unit, samples, notes: vec![] }
    }

    /// The same with a sentence below it.
    pub fn noted(mut self, note: impl Into<String>) -> Self {
        self.notes.push(note.into());
        self
    }

    /// The table in Markdown: for each side its median, the least and the most, and our median as a part of its own.
    pub fn text(&self) -> String {
        let mut text = format!("**{}** ({})\n\n", self.caption, self.unit.word());
        text.push_str("| | median | min – max | ours ÷ it |\n|---|---:|---:|---:|\n");
        let ours = self.samples.first().map_or(f64::NAN, |(_, taken)| median(taken));
        for (at, (name, taken)) in self.samples.iter().enumerate() {
            let (least, most) = taken.iter().fold((f64::MAX, f64::MIN), |(l, m), x| (l.min(*x), m.max(*x)));
            let ratio = if at == 0 { String::new() } else { format!("{:.2}", ours / median(taken)) };
            let (name, middle) =
                if at == 0 { (format!("**{name}**"), median(taken)) } else { (name.clone(), median(taken)) };
            let _ = writeln!(
                text,
                "| {name} | {} | {} – {} | {ratio} |",
                figure(middle),
                figure(least),
                figure(most)
            );
        }
        for note in &self.notes {
            let _ = write!(text, "\n{note}\n");
        }
        text
    }
}

fn median(samples: &[f64]) -> f64 {
    let mut sorted = samples.to_vec();
    sorted.sort_by(f64::total_cmp);
    match (sorted.len(), sorted.len() / 2) {
        (0, _) => f64::NAN,
        (count, middle) if count % 2 == 1 => sorted[middle],
        (_, middle) => f64::midpoint(sorted[middle - 1], sorted[middle]),
    }
}

/// Three digits that count.
fn figure(value: f64) -> String {
    match value.abs() {
        ..10.0 => format!("{value:.2}"),
        ..100.0 => format!("{value:.1}"),
        _ => format!("{value:.0}"),
    }
}

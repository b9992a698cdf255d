//! How far a pull is, from what the engine says of each layer.

use bollard::models::CreateImageInfo;
use std::collections::BTreeMap;

/// A pull, by layer.
#[derive(Debug, Default)]
pub(super) struct Progress {
    layers: BTreeMap<String, Layer>,
}

#[derive(Debug, Default)]
struct Layer {
    status: String,
    /// The most bytes of it that were ever there, of the step it is in.
    current: i64,
    total: i64,
    downloaded: i64,
}

impl Progress {
    /// Takes a message in, and tells whether anything went forward. That a layer is tried again is no progress, and
    /// neither are the bytes of it that were there before.
    pub(super) fn note(&mut self, message: &CreateImageInfo) -> bool {
        let Some(status) = &message.status else { return false };
        let Some(id) = &message.id else { return true };
        if status.starts_with("Retrying") {
            return false;
        }
        let new = !self.layers.contains_key(id);
        let layer = self.layers.entry(id.clone()).or_default();
        let current = message.progress_detail.as_ref().and_then(|detail| detail.current).unwrap_or(0);
        let total = message.progress_detail.as_ref().and_then(|detail| detail.total).unwrap_or(0);
        let further = rank(status) > rank(&layer.status);
        let same = rank(status) == rank(&layer.status);
        if further {
            layer.status.clone_from(status);
            layer.current = 0;
        }
        let more = (further || same) && current > layer.current;
        if more {
            layer.current = current;
        }
        if status == "Downloading" {
            layer.downloaded = layer.downloaded.max(current);
            layer.total = layer.total.max(total);
        }
        new || further || more
    }

    /// Layers that are here, all layers, bytes that have come, and bytes that are known to be coming.
    pub(super) fn sum(&self) -> (usize, usize, i64, i64) {
        let layers = || self.layers.values().filter(|layer| rank(&layer.status) > 0);
        let here = layers().filter(|layer| rank(&layer.status) >= DOWNLOADED).count();
        let bytes = layers()
            .map(|layer| if rank(&layer.status) >= DOWNLOADED { layer.total } else { layer.downloaded });
        (here, layers().count(), bytes.sum(), layers().map(|layer| layer.total).sum())
    }
}

const DOWNLOADED: u8 = 4;

/// The order of a layer's life. What is said of the image itself ("Pulling from …") is no layer's.
fn rank(status: &str) -> u8 {
    match status {
        "Pulling fs layer" => 1,
        "Waiting" => 2,
        "Downloading" => 3,
        "Verifying Checksum" => DOWNLOADED,
        "Download complete" => 5,
        "Extracting" => 6,
        "Pull complete" | "Already exists" => 7,
        _ => 0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use bollard::models::ProgressDetail;

    fn said(id: &str, status: &str, current: i64) -> CreateImageInfo {
        CreateImageInfo {
            id: Some(id.into()),
            status: Some(status.into()),
            progress_detail: Some(ProgressDetail { current: Some(current), total: Some(100) }),
            ..CreateImageInfo::default()
        }
    }

    #[test]
    fn bytes_and_steps_are_progress() {
        let mut progress = Progress::default();
        for (status, current) in [
            ("Pulling fs layer", 0),
            ("Downloading", 1),
            ("Downloading", 100),
            ("Download complete", 0),
            ("Extracting", 1),
        ] {
            assert!(progress.note(&said("a", status, current)), "{status} {current}");
        }
        assert!(progress.note(&said("b", "Downloading", 40)));
        assert_eq!(progress.sum(), (1, 2, 140, 200));
        assert!(!progress.note(&said("b", "Downloading", 40)), "the same again");
    }

    #[test]
    fn a_layer_that_is_tried_again_and_again_stands_still() {
        let mut progress = Progress::default();
        progress.note(&said("a", "Pulling fs layer", 0));
        assert!(progress.note(&said("a", "Downloading", 50)));
        for _ in 0..5 {
            assert!(!progress.note(&said("a", "Retrying in 5 seconds", 0)));
            assert!(!progress.note(&said("a", "Pulling fs layer", 0)));
            assert!(!progress.note(&said("a", "Downloading", 10)));
            assert!(!progress.note(&said("a", "Downloading", 50)));
        }
        assert!(progress.note(&said("a", "Downloading", 51)));
    }
}

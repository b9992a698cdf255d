//! The time zone, by all ways in which programs learn it: the variable, the machine's own file, and the list of zones.

use super::Variation;
use crate::determinism::finding::Cause;

/// Far from Greenwich, by no whole number of hours.
pub(in crate::determinism) const ZONE: &str = "Pacific/Chatham";

pub(super) const TIMEZONE: Variation = Variation::swing(
    "timezone",
    Cause::TimeZone,
    "moves the machine to the Chatham Islands, 12:45 or 13:45 hours ahead of UTC",
    |arrangement, scene| {
        if scene.has("zone") {
            let zone = scene.prop("zone");
            let bend = &mut arrangement.spec.bend;
            bend.set("TZ", ZONE);
            bend.show(&zone, "/etc/localtime");
            bend.show(&zone, format!("/usr/share/zoneinfo/{ZONE}"));
        } else {
            // The same rules, for programs that need no list of zones.
            arrangement.spec.bend.set("TZ", "<+1245>-12:45<+1345>,M9.5.0/2:45,M4.1.0/3:45");
        }
        Ok(())
    },
);

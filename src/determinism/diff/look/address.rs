//! Where something lies in memory: `<object at 0x7f…>`, pointers, and what `id()` gives.

use super::{Hit, Sight, Spot, hits, pattern, sight};
use crate::determinism::finding::Cause;

pattern!(HEX, r"0x(?<x>[0-9a-fA-F]{6,16})");
pattern!(MAPPED, r"(?<x>(?:0000)?(?:7[ef]|5[56])[0-9a-f]{10})");
pattern!(DECIMAL, r"(?<n>\d{14,15})");

pub(super) fn look(first: &Spot<'_>, second: &Spot<'_>) -> Option<Sight> {
    let found = hits(first, second, &HEX).filter(|(a, b)| is_pointer(a) && is_pointer(b));
    let found = found.or_else(|| hits(first, second, &MAPPED).filter(|(a, b)| is_mapped(a) && is_mapped(b)));
    let found = found.or_else(|| hits(first, second, &DECIMAL).filter(|(a, b)| is_number(a) && is_number(b)));
    let (a, b) = found?;
    sight(Cause::AddressLayout, None, &a, &b)
}

/// Where Linux puts programs, their heaps, libraries and stacks.
fn is_user_space(address: u64) -> bool {
    matches!(address >> 40, 0x55 | 0x56 | 0x7e | 0x7f) || (0x40_0000..0x8000_0000).contains(&address)
}

fn is_pointer(hit: &Hit<'_>) -> bool {
    let address = hit.group("x").and_then(|digits| u64::from_str_radix(digits, 16).ok());
    let said = [" at ", "@", "ptr", "addr", "pointer"]
        .iter()
        .any(|word| hit.before.to_ascii_lowercase().ends_with(word));
    hit.stands_alone(&[])
        && address.is_some_and(|address| address >> 40 > 0 && is_user_space(address) || said)
}

/// A line of `/proc/self/maps`.
fn is_mapped(hit: &Hit<'_>) -> bool {
    hit.stands_alone(&[])
        && (hit.after.starts_with('-') || hit.before.ends_with('-') || hit.after.starts_with(" r"))
}

fn is_number(hit: &Hit<'_>) -> bool {
    let address: Option<u64> = hit.group("n").and_then(|digits| digits.parse().ok());
    hit.stands_alone(&['.', '-'])
        && address.is_some_and(|address| address >> 40 > 0 && is_user_space(address))
}

#[cfg(test)]
mod tests {
    use super::super::examples;
    use super::*;

    #[test]
    fn addresses() {
        examples::are(
            Cause::AddressLayout,
            &[
                ("<object object at 0x7f3a5c0d1e50>", "<object object at 0x7fa1b2c3d4e0>"),
                ("0x55d0c8f7a2a0", "0x5643b1e4c2a0"),
                ("id 139888212345680", "id 140123456789012"),
                ("7f3a5c0d1000-7f3a5c0d2000 r-xp", "7fa1b2c3d000-7fa1b2c3e000 r-xp"),
            ],
        );
    }

    #[test]
    fn what_is_no_address() {
        examples::are_not(
            Cause::AddressLayout,
            &[
                ("0xdeadbeefcafe0001", "0x1234567890abcdef"),
                ("123456789012345", "998877665544332"),
                ("0x12", "0x13"),
            ],
        );
    }
}

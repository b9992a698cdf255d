//! Arrays of floating-point numbers: `.npy`, and files that are nothing but such an array.

use std::ops::Range;

/// An array of numbers in a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::determinism::diff) struct Numbers {
    /// Where they stand.
    pub(in crate::determinism::diff) at: Range<usize>,
    /// Bytes of each: 4 or 8, little-endian.
    pub(in crate::determinism::diff) width: usize,
    /// Whether the file says so itself.
    pub(in crate::determinism::diff) said: bool,
}

/// The array in a file. A file without a header is taken for one of doubles; who asks must see whether that makes sense.
pub(in crate::determinism::diff) fn numbers(file: &[u8]) -> Option<Numbers> {
    let Some(rest) = file.strip_prefix(b"\x93NUMPY") else {
        let whole = !file.is_empty() && file.len().is_multiple_of(8);
        return whole.then_some(Numbers { at: 0..file.len(), width: 8, said: false });
    };
    let (start, length) = match rest.first()? {
        1 => (10, super::u16_at(file, 8)?),
        _ => (12, super::u32_at(file, 8)?),
    };
    let header = String::from_utf8_lossy(file.get(start..start + length)?).into_owned();
    let width = match () {
        () if header.contains("'<f8'") => 8,
        () if header.contains("'<f4'") => 4,
        () => return None,
    };
    Some(Numbers { at: start + length..file.len(), width, said: true })
}

impl Numbers {
    /// The numbers of a file, each as a double.
    pub(in crate::determinism::diff) fn read<'a>(&self, file: &'a [u8]) -> impl Iterator<Item = f64> + 'a {
        let width = self.width;
        file.get(self.at.clone()).unwrap_or_default().chunks_exact(width).map(move |bytes| {
            if let Ok(bytes) = <[u8; 8]>::try_from(bytes) {
                f64::from_le_bytes(bytes)
            } else {
                <[u8; 4]>::try_from(bytes).map_or(f64::NAN, |bytes| f32::from_le_bytes(bytes).into())
            }
        })
    }
}

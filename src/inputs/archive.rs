//! What a downloaded file is, by its content and never by its name.
//!
//! A zip is unpacked, and where it is asked for a tar packed by gzip: what is only packed by gzip is a file. Formats that are zips inside (a jar, a document, a package) are what a dapp wants to open
//! as such, so they are kept; each is told by the entry that its own specification demands. What merely carries a
//! zip at its end (a self-extracting program, a picture with an archive appended) is a file too.

use super::reader::At;
use crate::dapp::Unpack;
use flate2::read::GzDecoder;
use std::fmt;
use std::fs::File;
use std::io::{self, Read, Seek};
use zip::read::Config;
use zip::result::ZipResult;
use zip::unstable::read::ZipIterable;

/// Where a header of tar has its checksum, which counts as spaces.
const CHECKSUM: std::ops::Range<usize> = 148..156;

/// A format that is a zip inside and is kept whole.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ArchiveKind {
    /// Java: `META-INF/MANIFEST.MF`.
    Jar,
    /// Android: `AndroidManifest.xml`.
    Apk,
    /// docx, xlsx, pptx and their kin (ECMA-376): `[Content_Types].xml`.
    Office,
    /// odt, epub and their kin: the first entry is `mimetype`.
    OpenDocument,
    /// A Python package (PEP 427): `*.dist-info/WHEEL`.
    Wheel,
    /// A PyTorch model: `*/data.pkl` beside `*/version`.
    TorchModel,
}

/// What a downloaded file is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Content {
    /// No archive that is ours to open.
    File,
    /// A zip to unpack.
    Zip,
    /// A tar packed by gzip, to unpack.
    Tar,
    /// A format that is a zip inside.
    Kept(ArchiveKind),
}

impl fmt::Display for ArchiveKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Jar => "jar",
            Self::Apk => "apk",
            Self::Office => "office document",
            Self::OpenDocument => "open document",
            Self::Wheel => "wheel",
            Self::TorchModel => "PyTorch model",
        })
    }
}

/// Looks at a file, reading at most `max_entries` of an archive's entries.
///
/// # Errors
/// What the reader says of a file that starts like a zip and is none.
pub(super) fn recognise(file: &File, unpack: Unpack, max_entries: usize) -> ZipResult<Content> {
    let mut magic = [0; 4];
    if unpack == Unpack::Nothing {
        return Ok(Content::File);
    }
    let mut file = At::new(file, file.metadata()?.len());
    if file.read_exact(&mut magic).is_err() {
        return Ok(Content::File);
    }
    match &magic {
        b"PK\x03\x04" => {}
        // The end record alone: a zip without entries.
        b"PK\x05\x06" => return Ok(Content::Zip),
        [0x1f, 0x8b, 8, _] if unpack == Unpack::Archives && starts_a_tar(&mut file)? => {
            return Ok(Content::Tar);
        }
        _ => return Ok(Content::File),
    }
    let mut archive = ZipIterable::try_new(file, Config::default())?;
    let mut marks = Marks::default();
    for entry in archive.files()?.take(max_entries) {
        marks.see(entry?.name_raw());
    }
    Ok(marks.kind().map_or(Content::Zip, Content::Kept))
}

/// Whether what is packed begins with a header of tar, whose checksum nothing else has by chance.
fn starts_a_tar(file: &mut At<'_>) -> io::Result<bool> {
    file.rewind()?;
    let mut block = [0; 512];
    if GzDecoder::new(file).read_exact(&mut block).is_err() {
        return Ok(false);
    }
    let header = tar::Header::from_byte_slice(&block);
    let told = header.cksum().ok();
    let letters =
        block.iter().enumerate().map(|(at, byte)| if CHECKSUM.contains(&at) { b' ' } else { *byte });
    Ok(told == Some(letters.map(u32::from).sum()))
}

/// The telling entries met so far.
#[derive(Debug, Default)]
struct Marks {
    seen: usize,
    mimetype_first: bool,
    content_types: bool,
    android: bool,
    manifest: bool,
    wheel: bool,
    pickle: bool,
    version: bool,
}

impl Marks {
    fn see(&mut self, name: &[u8]) {
        let inside_one_folder =
            |file: &[u8]| name.strip_suffix(file).is_some_and(|top| !top.is_empty() && !top.contains(&b'/'));
        self.mimetype_first |= self.seen == 0 && name == b"mimetype";
        self.content_types |= name == b"[Content_Types].xml";
        self.android |= name == b"AndroidManifest.xml";
        self.manifest |= name == b"META-INF/MANIFEST.MF";
        self.wheel |= inside_one_folder(b".dist-info/WHEEL");
        self.pickle |= inside_one_folder(b"/data.pkl");
        self.version |= inside_one_folder(b"/version");
        self.seen += 1;
    }

    /// An apk has a jar's manifest too, so the order matters.
    fn kind(&self) -> Option<ArchiveKind> {
        if self.mimetype_first {
            Some(ArchiveKind::OpenDocument)
        } else if self.content_types {
            Some(ArchiveKind::Office)
        } else if self.android {
            Some(ArchiveKind::Apk)
        } else if self.wheel {
            Some(ArchiveKind::Wheel)
        } else if self.manifest {
            Some(ArchiveKind::Jar)
        } else if self.pickle && self.version {
            Some(ArchiveKind::TorchModel)
        } else {
            None
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kind(names: &[&str]) -> Option<ArchiveKind> {
        let mut marks = Marks::default();
        for name in names {
            marks.see(name.as_bytes());
        }
        marks.kind()
    }

    #[test]
    fn each_format_is_told_by_the_entry_its_specification_demands() {
        assert_eq!(kind(&["META-INF/MANIFEST.MF", "A.class"]), Some(ArchiveKind::Jar));
        assert_eq!(kind(&["META-INF/MANIFEST.MF", "AndroidManifest.xml"]), Some(ArchiveKind::Apk));
        assert_eq!(kind(&["[Content_Types].xml", "word/document.xml"]), Some(ArchiveKind::Office));
        assert_eq!(kind(&["mimetype", "content.xml"]), Some(ArchiveKind::OpenDocument));
        assert_eq!(kind(&["p/__init__.py", "p-1.dist-info/WHEEL"]), Some(ArchiveKind::Wheel));
        assert_eq!(kind(&["model/data.pkl", "model/version"]), Some(ArchiveKind::TorchModel));
    }

    #[test]
    fn the_same_entries_elsewhere_tell_nothing() {
        assert_eq!(kind(&["a.txt", "mimetype"]), None);
        assert_eq!(kind(&["src/META-INF/MANIFEST.MF"]), None);
        assert_eq!(kind(&["app/AndroidManifest.xml"]), None);
        assert_eq!(kind(&["a/b.dist-info/WHEEL", ".dist-info/WHEEL"]), None);
        assert_eq!(kind(&["model/data.pkl"]), None);
    }
}

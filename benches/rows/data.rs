//! Files to work on, made once and kept under target/bench: the same bytes in every run.

use std::fs::{self, File};
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};

const MIB: u64 = 1 << 20;

/// The folder of all data.
pub fn folder() -> PathBuf {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("target/bench");
    fs::create_dir_all(&folder).expect("target can be written");
    folder
}

/// What a path holds, made by `make` unless it was made before. A name is the whole description of its content.
fn once(name: &str, make: impl FnOnce(&Path)) -> PathBuf {
    let path = folder().join(name);
    if !path.exists() {
        let part = folder().join(format!("{name}.part"));
        let _ = fs::remove_dir_all(&part);
        make(&part);
        fs::rename(&part, &path).expect("made data gets its name");
    }
    path
}

/// Bytes of a generator that every run starts alike; half of them repeat, as text does.
pub struct Bytes {
    state: u64,
}

impl Bytes {
    pub fn new(seed: u64) -> Self {
        Self { state: seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1 }
    }

    fn next(&mut self) -> u64 {
        self.state ^= self.state << 13;
        self.state ^= self.state >> 7;
        self.state ^= self.state << 17;
        self.state
    }

    /// Fills a buffer with what deflate makes half of.
    pub fn compressible(&mut self, buffer: &mut [u8]) {
        for chunk in buffer.chunks_mut(8) {
            let letters = self.next().to_le_bytes().map(|byte| b'a' + byte % 16);
            chunk.copy_from_slice(&letters[..chunk.len()]);
        }
    }

    /// Fills a buffer with what nothing makes smaller.
    pub fn random(&mut self, buffer: &mut [u8]) {
        for chunk in buffer.chunks_mut(8) {
            let word = self.next().to_le_bytes();
            chunk.copy_from_slice(&word[..chunk.len()]);
        }
    }
}

fn fill(path: &Path, bytes: u64, mut next: impl FnMut(&mut [u8])) {
    let mut file = BufWriter::new(File::create(path).expect("data can be made"));
    let mut buffer = vec![0; MIB as usize];
    let mut left = bytes;
    while left > 0 {
        let count = left.min(MIB) as usize;
        next(&mut buffer[..count]);
        file.write_all(&buffer[..count]).expect("data can be written");
        left -= count as u64;
    }
    file.flush().expect("data can be written");
}

/// One file of letters.
pub fn letters(mib: u64) -> PathBuf {
    once(&format!("letters-{mib}"), |path| {
        let mut bytes = Bytes::new(mib);
        fill(path, mib * MIB, |buffer| bytes.compressible(buffer));
    })
}

/// A folder of `count` files of `bytes` each in folders of a hundred, letters all of them.
pub fn many(count: u64, bytes: u64) -> PathBuf {
    once(&format!("many-{count}-{bytes}"), |path| {
        let mut source = Bytes::new(count);
        for at in 0..count {
            let folder = path.join(format!("d{:04}", at / 100));
            fs::create_dir_all(&folder).expect("data can be made");
            fill(&folder.join(format!("f{at:06}.txt")), bytes, |buffer| source.compressible(buffer));
        }
    })
}

/// A folder of mixed files, `mib` MiB together: half of it compresses, sizes from 1 KiB to 32 MiB.
pub fn mixed(mib: u64) -> PathBuf {
    once(&format!("mixed-{mib}"), |path| {
        fs::create_dir_all(path).expect("data can be made");
        let mut source = Bytes::new(mib);
        let (mut left, mut at) = (mib * MIB, 0_u32);
        while left > 0 {
            let bytes = (1024 << (at % 16)).min(left);
            let file = path.join(format!("m{at:05}.bin"));
            if at % 2 == 0 {
                fill(&file, bytes, |buffer| source.compressible(buffer));
            } else {
                fill(&file, bytes, |buffer| source.random(buffer));
            }
            (left, at) = (left - bytes, at + 1);
        }
    })
}

/// What a path holds, packed by Info-ZIP.
pub fn zipped(source: &Path) -> PathBuf {
    let name = source.file_name().expect("data has a name").to_string_lossy().into_owned();
    let packed = folder().join(format!("{name}.zip"));
    if !packed.exists() {
        super::tools::shell(
            &folder(),
            &format!("zip -q -r {name}.part.zip {name} && mv {name}.part.zip {name}.zip"),
        );
    }
    packed
}

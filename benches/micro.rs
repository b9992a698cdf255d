//! The small things that large figures are made of, each by itself: `cargo bench --bench micro`. They are for whoever changes
//! one of them; what a user feels is in `make bench`.

use divan::Bencher;
use divan::counter::BytesCount;
use flate2::{Compress, Compression, Crc, Decompress, FlushCompress, FlushDecompress};
use poco::dapp::{Folder, ProofRule, WorkArea, words};
use poco::inputs::check_name;
use poco::results::{Baseline, Left, Logs, Policy, prove};
use sha2::{Digest, Sha256};
use sha3::Keccak256;
use std::hint::black_box;

const MIB: usize = 1 << 20;

fn main() {
    divan::main();
}

/// A MiB of letters of sixteen sorts, always the same.
fn letters() -> Vec<u8> {
    let mut state = 0x9e37_79b9_u32;
    let mut next = || {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        b'a' + (state >> 28) as u8
    };
    (0..MIB).map(|_| next()).collect()
}

#[divan::bench]
fn keccak_256_of_1_mib(bencher: Bencher<'_, '_>) {
    let bytes = letters();
    bencher.counter(BytesCount::new(MIB)).bench_local(|| Keccak256::digest(black_box(&bytes)));
}

#[divan::bench]
fn sha_256_of_1_mib(bencher: Bencher<'_, '_>) {
    let bytes = letters();
    bencher.counter(BytesCount::new(MIB)).bench_local(|| Sha256::digest(black_box(&bytes)));
}

#[divan::bench]
fn digest_of_a_run_with_1_mib(bencher: Bencher<'_, '_>) {
    let root = tempfile::tempdir().expect("a folder");
    let area = WorkArea::new(root.path());
    let outputs = area.folder(Folder::Shared);
    std::fs::create_dir_all(&outputs).expect("a folder");
    std::fs::write(outputs.join("consensus.iexec"), letters()).expect("a file");
    let (baseline, rule) = (Baseline::default(), ProofRule::Consensus { callback: false });
    let left = Left { area: &area, outputs: &outputs, baseline: &baseline, logs: Logs::default() };
    bencher
        .counter(BytesCount::new(MIB))
        .bench_local(|| prove(black_box(&left), rule, &Policy::default()).expect("a digest"));
}

#[divan::bench]
fn crc_of_1_mib(bencher: Bencher<'_, '_>) {
    let bytes = letters();
    bencher.counter(BytesCount::new(MIB)).bench_local(|| {
        let mut crc = Crc::new();
        crc.update(black_box(&bytes));
        crc.sum()
    });
}

#[divan::bench(args = [2 << 10, MIB])]
fn inflate_of_one_entry(bencher: Bencher<'_, '_>, bytes: usize) {
    let mut packed = Vec::with_capacity(2 * MIB);
    let mut deflate = Compress::new(Compression::default(), false);
    deflate.compress_vec(&letters()[..bytes], &mut packed, FlushCompress::Finish).expect("it packs");
    let (mut inflate, mut plain) = (Decompress::new(false), vec![0; bytes]);
    bencher.counter(BytesCount::new(bytes)).bench_local(|| {
        inflate.reset(false);
        inflate.decompress(black_box(&packed), &mut plain, FlushDecompress::Finish).expect("it unpacks")
    });
}

#[divan::bench(args = [1, 2, 3, 4, 6])]
fn deflate_of_1_mib(bencher: Bencher<'_, '_>, level: u32) {
    let (bytes, mut packed) = (letters(), vec![0; 2 * MIB]);
    let mut deflate = Compress::new(Compression::new(level), false);
    bencher.counter(BytesCount::new(MIB)).bench_local(|| {
        deflate.reset();
        deflate.compress(black_box(&bytes), &mut packed, FlushCompress::Finish).expect("it packs")
    });
}

#[divan::bench(args = ["input.csv", "a-name-that-is-as-long-as-names-of-inputs-get-when-people-name-them.tar.gz"])]
fn name_checked(name: &str) {
    check_name(black_box(name)).expect("a plain name");
}

const COMMAND: &str = r#"python3 /app/run.py --seed 42 --name "a b" 'c d' e\ f --input /iexec_in/data.csv"#;

#[divan::bench]
fn command_split_as_posix() -> Vec<String> {
    words::posix(black_box(COMMAND)).expect("words")
}

#[divan::bench]
fn command_split_as_maven() -> Vec<String> {
    words::maven(black_box(COMMAND)).expect("words")
}

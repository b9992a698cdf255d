//! Downloads and archives against real servers and hostile bytes.

mod inputs_support;

use inputs_support::{Server, Zip, area_files, area_in, fixed, input, local, quick, sha256};
use poco::dapp::{Folder, Input, Unpack, WorkArea};
use poco::inputs::{ArchiveKind, EntryFault, InputError, Limits, Placed, Settings, Supply, Trust};
use poco::poco::{Class, Fault};
use std::os::unix::fs::PermissionsExt;
use tokio_util::sync::CancellationToken;

fn supply(limits: &Limits) -> Supply {
    Supply::open(&local(limits), "unused".into()).unwrap()
}

async fn gather(inputs: &[Input], area: &WorkArea, limits: &Limits) -> Result<Vec<Placed>, InputError> {
    let (fetched, placed) = supply(limits).gather(inputs, area, &CancellationToken::new()).await?;
    assert_eq!(fetched.names.len(), inputs.len());
    Ok(placed)
}

/// Fetches one body as `x.bin`, asserting that a failure leaves the folder and the downloads without a trace.
async fn one(body: Vec<u8>) -> (tempfile::TempDir, Result<Placed, InputError>) {
    one_with(body, &quick()).await
}

async fn one_with(body: Vec<u8>, limits: &Limits) -> (tempfile::TempDir, Result<Placed, InputError>) {
    let server = Server::start().await;
    server.file("/x.bin", body);
    let (dir, area) = area_in();
    let done = gather(&[input(&server.url("/x.bin"))], &area, limits).await;
    if done.is_err() {
        assert_eq!(area_files(&area.folder(Folder::Shared)), Vec::<String>::new());
        let staged = area_files(&area.downloads());
        assert!(staged.iter().all(|name| name.starts_with("input-")), "{staged:?}");
    }
    (dir, done.map(|mut placed| placed.remove(0)))
}

async fn fault_of(zip: Vec<u8>) -> EntryFault {
    match one(zip).await.1 {
        Err(error @ InputError::Entry { fault, .. }) => {
            assert_eq!(error.code(), "P-IN-020");
            assert!(!error.to_string().contains("P-IN"));
            fault
        }
        other => panic!("an entry should have been refused, but: {other:?}"),
    }
}

#[tokio::test]
async fn a_file_is_placed_under_the_last_segment_of_its_path() {
    let server = Server::start().await;
    server.file("/dir/a b.txt", b"hello".to_vec());
    let (_dir, area) = area_in();
    let placed = gather(&[input(&server.url("/dir/a%20b.txt?raw=true"))], &area, &quick()).await.unwrap();
    assert_eq!(placed, [Placed::File { name: "a b.txt".into() }]);
    assert_eq!(std::fs::read(area.folder(Folder::Shared).join("a b.txt")).unwrap(), b"hello");
    assert_eq!(area_files(&area.downloads()), Vec::<String>::new());
    assert_eq!(server.agents(), [concat!("poco/", env!("CARGO_PKG_VERSION"))]);
}

#[tokio::test]
async fn several_inputs_keep_their_order_and_their_folders() {
    let server = Server::start().await;
    server.file("/a", b"first".to_vec());
    server.file("/b", b"second".to_vec());
    server.file("/set.zip", Zip::new().file("z/1", b"in a zip").bytes());
    let (_dir, area) = area_in();
    let inputs = [
        fixed(&server.url("/b"), Folder::In, "named"),
        input(&server.url("/set.zip")),
        input(&server.url("/a")),
    ];
    let (fetched, _) = supply(&quick()).gather(&inputs, &area, &CancellationToken::new()).await.unwrap();
    assert_eq!(fetched.names, [Some("named".into()), None, Some("a".into())]);
    assert_eq!(area_files(&area.folder(Folder::In)), ["named"]);
    assert_eq!(area_files(&area.folder(Folder::Shared)), ["a", "z", "z/1"]);
}

#[tokio::test]
async fn a_zip_is_unpacked_with_its_folders_and_modes_and_not_kept() {
    let zip = Zip::new()
        .folder("empty/", 0o755)
        .file_mode("top/run.sh", b"#!/bin/sh\n", 0o755)
        .file_mode("top/deep/data", b"data", 0o4644)
        .bytes();
    let (dir, done) = one(zip).await;
    assert_eq!(done.unwrap(), Placed::Unpacked { entries: 3, bytes: 14 });
    let folder = WorkArea::new(dir.path()).folder(Folder::Shared);
    assert_eq!(area_files(&folder), ["empty", "top", "top/deep", "top/deep/data", "top/run.sh"]);
    let mode = |name: &str| std::fs::metadata(folder.join(name)).unwrap().permissions().mode() & 0o7777;
    assert_eq!(mode("top/run.sh"), 0o755);
    assert_eq!(mode("top/deep/data"), 0o644, "a set-uid bit is not kept");
    assert_eq!(mode("empty"), 0o755);
}

#[tokio::test]
async fn an_empty_zip_unpacks_to_nothing_and_an_empty_file_is_a_file() {
    assert_eq!(one(Zip::new().bytes()).await.1.unwrap(), Placed::Unpacked { entries: 0, bytes: 0 });
    assert_eq!(one(Vec::new()).await.1.unwrap(), Placed::File { name: "x.bin".into() });
}

#[tokio::test]
async fn formats_that_are_zips_inside_are_kept_whole() {
    for (entry, kind) in [
        ("META-INF/MANIFEST.MF", ArchiveKind::Jar),
        ("AndroidManifest.xml", ArchiveKind::Apk),
        ("[Content_Types].xml", ArchiveKind::Office),
        ("mimetype", ArchiveKind::OpenDocument),
        ("p-1.0.dist-info/WHEEL", ArchiveKind::Wheel),
    ] {
        let bytes = Zip::new().file(entry, b"x").bytes();
        let (dir, done) = one(bytes.clone()).await;
        assert_eq!(done.unwrap(), Placed::KeptArchive { kind, name: "x.bin".into() });
        let kept = WorkArea::new(dir.path()).folder(Folder::Shared).join("x.bin");
        assert_eq!(std::fs::read(kept).unwrap(), bytes);
    }
}

#[tokio::test]
async fn what_only_carries_a_zip_or_is_not_to_be_unpacked_is_a_file() {
    let mut program = b"#!/bin/sh\n".to_vec();
    program.extend(Zip::new().file("a", b"x").bytes());
    assert_eq!(one(program).await.1.unwrap(), Placed::File { name: "x.bin".into() });

    let server = Server::start().await;
    server.file("/set.zip", Zip::new().file("a", b"x").bytes());
    let (_dir, area) = area_in();
    let mut kept = input(&server.url("/set.zip"));
    kept.unpack = Unpack::Nothing;
    assert_eq!(gather(&[kept], &area, &quick()).await.unwrap(), [Placed::File { name: "set.zip".into() }]);
}

#[tokio::test]
async fn entries_that_leave_the_folder_or_are_no_files_are_refused_by_name() {
    for (name, fault) in [
        ("../slip", EntryFault::Climbs),
        ("a/../../slip", EntryFault::Climbs),
        ("/abs", EntryFault::Absolute),
        ("..\\slip", EntryFault::Backslash),
        ("C:/x", EntryFault::Drive),
        ("a\0b", EntryFault::Control),
    ] {
        let zip = Zip::new().file("good", b"x").raw(name, b"x", 0o100_644).bytes();
        assert_eq!(fault_of(zip).await, fault, "{name:?}");
    }
    for (mode, fault) in [
        (0o120_777, EntryFault::Link),
        (0o010_644, EntryFault::Special),
        (0o020_644, EntryFault::Special),
        (0o060_644, EntryFault::Special),
        (0o140_644, EntryFault::Special),
    ] {
        let zip = Zip::new().file("good", b"x").raw("evil", b"/etc", mode).bytes();
        assert_eq!(fault_of(zip).await, fault, "{mode:o}");
    }
}

#[tokio::test]
async fn two_entries_for_one_path_are_refused() {
    for (first, second) in
        [("a", "a"), ("a", "./a"), ("d/a", "d//a"), ("a", "a/b"), ("d/b", "d"), ("d/", "d/")]
    {
        let zip = Zip::new().raw(first, b"", 0).raw(second, b"", 0).bytes();
        assert_eq!(fault_of(zip).await, EntryFault::Twice, "{first} {second}");
    }
    let (_, fine) = one(Zip::new().raw("d/a", b"x", 0).raw("d/", b"", 0).bytes()).await;
    assert_eq!(fine.unwrap(), Placed::Unpacked { entries: 2, bytes: 1 });
}

#[tokio::test]
async fn encrypted_unsupported_overlapping_and_lying_entries_are_refused() {
    let plain = || Zip::new().raw("a", b"content", 0);
    assert_eq!(fault_of(plain().flags(1).bytes()).await, EntryFault::Encrypted);
    assert_eq!(fault_of(plain().method(12).bytes()).await, EntryFault::Method);
    assert_eq!(fault_of(plain().alias("b").bytes()).await, EntryFault::Overlaps);
    assert_eq!(fault_of(plain().crc(7).bytes()).await, EntryFault::Damaged);
    assert_eq!(fault_of(plain().declared_size(3).bytes()).await, EntryFault::Damaged);
    assert_eq!(fault_of(plain().declared_size(30).bytes()).await, EntryFault::Damaged);
}

#[tokio::test]
async fn a_zip_cut_short_is_named_as_such() {
    let mut cut = Zip::new().file("a", &[7; 4096]).bytes();
    cut.truncate(cut.len() / 2);
    let error = one(cut).await.1.unwrap_err();
    assert_eq!((error.code(), error.class()), ("P-IN-019", Class::GiveUp));
}

#[tokio::test]
async fn archives_beyond_their_caps_are_refused() {
    let many = (0..20).fold(Zip::new(), |zip, n| zip.file(&format!("f{n}"), b"x")).bytes();
    let limits = Limits { max_entries: 19, ..quick() };
    assert_eq!(one_with(many, &limits).await.1.unwrap_err().code(), "P-IN-021");

    let zeros = Zip::new().file("zeros", &vec![0; 4 << 20]).bytes();
    assert!(zeros.len() < 8192);
    let limits = Limits { max_unpacked_bytes: (4 << 20) - 1, ..quick() };
    assert_eq!(one_with(zeros.clone(), &limits).await.1.unwrap_err().code(), "P-IN-022");
    let limits = Limits { ratio_free_bytes: 1 << 20, ..quick() };
    assert_eq!(one_with(zeros.clone(), &limits).await.1.unwrap_err().code(), "P-IN-023");
    assert!(one(zeros).await.1.is_ok());
}

#[tokio::test]
async fn nothing_is_ever_overwritten() {
    let server = Server::start().await;
    server.file("/a/same", b"1".to_vec());
    server.file("/b/same", b"2".to_vec());
    server.file("/z.zip", Zip::new().file("other", b"x").file("same", b"3").bytes());
    for second in ["/b/same", "/z.zip"] {
        let (_dir, area) = area_in();
        let inputs = [input(&server.url("/a/same")), input(&server.url(second))];
        let error = gather(&inputs, &area, &quick()).await.unwrap_err();
        assert_eq!(error.code(), "P-IN-015");
        assert_eq!(area_files(&area.folder(Folder::Shared)), ["same"], "nothing of the second was placed");
        assert_eq!(std::fs::read(area.folder(Folder::Shared).join("same")).unwrap(), b"1");
    }
}

#[tokio::test]
async fn two_zips_share_their_folders() {
    let server = Server::start().await;
    server.file("/1.zip", Zip::new().file("d/1", b"1").bytes());
    server.file("/2.zip", Zip::new().file("d/2", b"2").bytes());
    let (_dir, area) = area_in();
    gather(&[input(&server.url("/1.zip")), input(&server.url("/2.zip"))], &area, &quick()).await.unwrap();
    assert_eq!(area_files(&area.folder(Folder::Shared)), ["d", "d/1", "d/2"]);
}

#[tokio::test]
async fn a_checksum_is_held() {
    let server = Server::start().await;
    server.file("/x", b"content".to_vec());
    let mut wanted = input(&server.url("/x"));
    wanted.sha256 = Some(sha256(b"content"));
    let (_dir, area) = area_in();
    assert!(gather(std::slice::from_ref(&wanted), &area, &quick()).await.is_ok());
    wanted.sha256 = Some(sha256(b"another"));
    let (_dir, area) = area_in();
    let error = gather(&[wanted], &area, &quick()).await.unwrap_err();
    assert_eq!(error.code(), "P-IN-012");
    assert_eq!(area_files(&area.folder(Folder::Shared)), Vec::<String>::new());
}

#[tokio::test]
async fn what_may_pass_is_tried_again_and_what_wont_is_not() {
    let server = Server::start().await;
    server.statuses("/flaky", &[500, 503, 200]);
    server.statuses("/gone", &[404, 200]);
    server.statuses("/down", &[500, 502, 503, 200]);
    let (_dir, area) = area_in();
    assert!(gather(&[input(&server.url("/flaky"))], &area, &quick()).await.is_ok());
    let gone = gather(&[input(&server.url("/gone"))], &area, &quick()).await.unwrap_err();
    assert_eq!((gone.code(), gone.class()), ("P-IN-005", Class::GiveUp));
    let down = gather(&[input(&server.url("/down"))], &area, &quick()).await.unwrap_err();
    assert_eq!((down.code(), down.class()), ("P-IN-006", Class::Retry));
    assert_eq!((server.hits("/flaky"), server.hits("/gone"), server.hits("/down")), (3, 1, 3));
}

#[tokio::test]
async fn a_download_goes_on_where_it_broke_off_as_often_as_it_must() {
    let server = Server::start().await;
    let body: Vec<u8> = (0..5_000_u32).map(|n| (n % 251) as u8).collect();
    server.ranged("/x", &body, "\"v1\"", &[1000, 1000, 1000, 0, 1000]);
    let (_dir, area) = area_in();
    gather(&[input(&server.url("/x"))], &area, &quick()).await.unwrap();
    assert_eq!(std::fs::read(area.folder(Folder::Shared).join("x")).unwrap(), body);
    assert_eq!(area_files(&area.downloads()), Vec::<String>::new());
    let asked = ["", "bytes=1000-", "bytes=2000-", "bytes=3000-", "bytes=3000-", "bytes=4000-"];
    assert_eq!(server.ranges(), asked, "more than the three tries that bring nothing");
}

#[tokio::test]
async fn a_download_goes_on_after_a_restart_of_the_worker() {
    let server = Server::start().await;
    server.ranged("/x", b"0123456789", "\"v1\"", &[4, 3]);
    let (_dir, area) = area_in();
    let once = Limits { attempts: 1, ..quick() };
    let inputs = [input(&server.url("/x"))];
    // Each call has a client of its own, as a worker that was started anew has.
    assert_eq!(gather(&inputs, &area, &once).await.unwrap_err().code(), "P-IN-011");
    std::fs::create_dir(area.downloads().join("unpack-killed")).unwrap();
    gather(&inputs, &area, &quick()).await.unwrap();
    assert_eq!(std::fs::read(area.folder(Folder::Shared).join("x")).unwrap(), b"0123456789");
    assert_eq!(server.ranges(), ["", "bytes=4-", "bytes=7-"]);
    assert_eq!(area_files(&area.downloads()), Vec::<String>::new());
}

#[tokio::test]
async fn another_version_or_a_weak_word_for_it_begins_anew() {
    let server = Server::start().await;
    let (_dir, area) = area_in();
    let once = Limits { attempts: 1, ..quick() };
    let inputs = [input(&server.url("/x"))];
    server.ranged("/x", b"0123456789", "\"v1\"", &[4]);
    assert!(gather(&inputs, &area, &once).await.is_err());
    server.ranged("/x", b"abcdefghij", "W/\"v2\"", &[0, 4]);
    assert!(gather(&inputs, &area, &once).await.is_err());
    gather(&inputs, &area, &once).await.unwrap();
    assert_eq!(std::fs::read(area.folder(Folder::Shared).join("x")).unwrap(), b"abcdefghij");
    assert_eq!(server.ranges(), ["", "bytes=4-", ""], "a weak tag is not gone on from");
}

#[tokio::test]
async fn a_checksum_in_the_url_is_held_and_never_sent() {
    let server = Server::start().await;
    server.file("/x", b"content".to_vec());
    let with = |sum: &str| input(&format!("{}#sha256={sum}", server.url("/x")));
    let right = hex::encode(sha256(b"content"));
    let (_dir, area) = area_in();
    let placed = gather(&[with(&right)], &area, &quick()).await.unwrap();
    assert_eq!(placed, [Placed::File { name: "x".into() }]);
    let wrong = gather(&[with(&"0".repeat(64))], &area, &quick()).await.unwrap_err();
    assert_eq!((wrong.code(), wrong.class()), ("P-IN-012", Class::GiveUp));
    let none = gather(&[with("0")], &area, &quick()).await.unwrap_err();
    assert_eq!(none.code(), "P-IN-025");
    let both = Input { sha256: Some([0; 32]), ..with(&right) };
    assert_eq!(gather(&[both], &area, &quick()).await.unwrap_err().code(), "P-IN-012");
    assert_eq!(server.hits("/x"), 2, "what is promised twice, or not at all, is not asked for");
}

#[tokio::test]
async fn what_has_a_checksum_is_downloaded_once() {
    let server = Server::start().await;
    server.file("/x", b"content".to_vec());
    server.file("/y", b"content".to_vec());
    let cache = tempfile::tempdir().unwrap();
    let folder = cache.path().join("inputs");
    let settings = Settings { cache_bytes: 1000, ..local(&quick()) };
    let sum = hex::encode(sha256(b"content"));
    let get = async |path: &str| {
        let supply = Supply::open(&settings, folder.clone()).unwrap();
        let (dir, area) = area_in();
        supply.gather(&[input(&server.url(path))], &area, &CancellationToken::new()).await.unwrap();
        let name = path.trim_start_matches('/').split('#').next().unwrap().to_owned();
        (std::fs::read(area.folder(Folder::Shared).join(name)).unwrap(), dir).0
    };
    for path in ["/x", "/y"] {
        assert_eq!(get(&format!("{path}#sha256={sum}")).await, b"content");
    }
    assert_eq!((server.hits("/x"), server.hits("/y")), (1, 0));
    std::fs::write(folder.join(&sum), b"poison!").unwrap();
    assert_eq!(get(&format!("/y#sha256={sum}")).await, b"content");
    assert_eq!(
        (server.hits("/x"), server.hits("/y")),
        (1, 1),
        "what was changed on the disk is fetched again"
    );
    assert_eq!(get("/x").await, b"content");
    assert_eq!(server.hits("/x"), 2, "without a checksum nothing is taken from the cache");
}

#[tokio::test]
async fn an_unreachable_server_ends_in_its_own_error() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/x", listener.local_addr().unwrap());
    drop(listener);
    let (_dir, area) = area_in();
    let error = gather(&[input(&url)], &area, &quick()).await.unwrap_err();
    assert_eq!((error.code(), error.class()), ("P-IN-004", Class::Retry));
}

#[tokio::test]
async fn redirects_are_followed_but_not_for_ever_and_not_to_files() {
    let server = Server::start().await;
    server.file("/end", b"x".to_vec());
    server.redirect("/hop", "/end");
    server.redirect("/loop", "/loop");
    server.redirect("/passwd", "file:///etc/passwd");
    let (_dir, area) = area_in();
    let placed = gather(&[input(&server.url("/hop"))], &area, &quick()).await.unwrap();
    assert_eq!(placed, [Placed::File { name: "hop".into() }], "the name is that of the URL asked for");
    let looped = gather(&[input(&server.url("/loop"))], &area, &quick()).await.unwrap_err();
    assert_eq!(looped.code(), "P-IN-007");
    let file = gather(&[input(&server.url("/passwd"))], &area, &quick()).await.unwrap_err();
    assert_eq!(file.code(), "P-IN-001");
    let direct = gather(&[input("file:///etc/passwd")], &area, &quick()).await.unwrap_err();
    assert_eq!(direct.code(), "P-IN-001");
}

#[tokio::test]
async fn inputs_come_from_the_open_internet_or_from_where_the_operator_says() {
    let server = Server::start().await;
    server.file("/x", b"x".to_vec());
    let by_name = server.url("/x").replace("127.0.0.1", "localhost");
    let (_dir, area) = area_in();
    let ask = async |url: &str, trusted: &[&str]| {
        let trust = Trust(trusted.iter().map(|text| text.parse().unwrap()).collect());
        let supply = Supply::open(&Settings { trust, ..local(&quick()) }, "unused".into()).unwrap();
        supply.gather(&[input(url)], &area, &CancellationToken::new()).await.map(|_| ())
    };
    for url in
        [server.url("/x"), by_name.clone(), "http://[::ffff:127.0.0.1]/x".into(), "http://0x7f.1/x".into()]
    {
        let error = ask(&url, &["elsewhere", "10.0.0.0/8"]).await.unwrap_err();
        assert_eq!((error.code(), error.class()), ("P-IN-024", Class::GiveUp), "{url}");
        assert!(error.help().contains("allow-hosts"), "{}", error.help());
    }
    assert_eq!(server.hits("/x"), 0, "nothing was ever asked of it");
    let named = ask(&by_name, &[]).await.unwrap_err().to_string();
    assert!(named.contains("localhost is at ") && named.contains("this host's own"), "{named}");
    ask(&by_name, &["localhost"]).await.unwrap();
    let error = ask(&server.url("/x"), &["localhost"]).await.unwrap_err();
    assert_eq!(error.code(), "P-IN-024", "a name that is trusted is not its address");

    server.redirect("/metadata", "http://169.254.169.254/latest/meta-data/");
    server.redirect("/renamed", &by_name);
    for (path, trusted) in [("/metadata", "127.0.0.1"), ("/renamed", "127.0.0.2")] {
        let url = server.url(path).replace("127.0.0.1", "127.0.0.2");
        let error = ask(&url, &[trusted, "127.0.0.2"]).await.unwrap_err();
        assert_eq!(error.code(), "P-IN-024", "{path}");
    }
}

#[tokio::test]
async fn sizes_are_capped_by_what_is_declared_and_by_what_is_counted() {
    let server = Server::start().await;
    server.file("/declared", vec![0; 1001]);
    server.raw("/counted", b"HTTP/1.0 200 OK\r\n\r\n", &[0; 1001]).await;
    let limits = Limits { max_file_bytes: 1000, ..quick() };
    let (_dir, area) = area_in();
    for url in [server.url("/declared"), server.raw_url("/counted")] {
        let error = gather(&[input(&url)], &area, &limits).await.unwrap_err();
        assert_eq!(error.code(), "P-IN-010", "{url}");
    }
    server.file("/half", vec![0; 600]);
    let two = [input(&server.url("/half")), fixed(&server.url("/half"), Folder::Shared, "other")];
    let limits = Limits { max_total_bytes: 1000, ..quick() };
    let (_dir, area) = area_in();
    assert_eq!(gather(&two, &area, &limits).await.unwrap_err().code(), "P-IN-014");
    let limits = Limits { max_inputs: 1, ..quick() };
    assert_eq!(gather(&two, &area, &limits).await.unwrap_err().code(), "P-IN-013");
}

#[tokio::test]
async fn an_answer_that_breaks_off_is_no_file() {
    let server = Server::start().await;
    server.raw("/lies", b"HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n", b"short").await;
    let (_dir, area) = area_in();
    let error = gather(&[input(&server.raw_url("/lies"))], &area, &quick()).await.unwrap_err();
    assert_eq!((error.code(), error.class()), ("P-IN-011", Class::Retry));
    assert_eq!(area_files(&area.folder(Folder::Shared)), Vec::<String>::new());
}

#[tokio::test]
async fn silence_and_slowness_have_an_end() {
    let server = Server::start().await;
    server.stall("/never");
    let idle = Limits { idle_timeout: std::time::Duration::from_millis(50), ..quick() };
    let (_dir, area) = area_in();
    let error = gather(&[input(&server.url("/never"))], &area, &idle).await.unwrap_err();
    assert_eq!(error.code(), "P-IN-008");
    let total = Limits { total_timeout: std::time::Duration::from_millis(50), ..quick() };
    let error = gather(&[input(&server.url("/never"))], &area, &total).await.unwrap_err();
    assert_eq!(error.code(), "P-IN-009");
}

#[tokio::test]
async fn a_download_can_be_called_off() {
    let server = Server::start().await;
    server.stall("/never");
    let (_dir, area) = area_in();
    let cancel = CancellationToken::new();
    let inputs = [input(&server.url("/never"))];
    let supply = supply(&quick());
    let running = supply.gather(&inputs, &area, &cancel);
    let (done, ()) = tokio::join!(running, async {
        server.reached("/never").await;
        cancel.cancel();
    });
    assert_eq!(done.unwrap_err().code(), "P-IN-016");
}

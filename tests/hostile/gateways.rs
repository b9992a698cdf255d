//! Gateways of IPFS: honest ones, and what the others may do. The blocks are made here, of the two specifications.

use super::canary::{Home, Memory, alone, files};
use super::input;
use axum::extract::{Request, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use data_encoding::BASE32_NOPAD;
use poco::dapp::{Folder, WorkArea};
use poco::inputs::{InputError, IpfsFault, Limits, Settings, Supply, Trust};
use poco::poco::Fault;
use sha2::{Digest, Sha256};
use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;
use tokio_util::sync::CancellationToken;
use url::Url;

/// A block's binary name.
type Cid = Vec<u8>;

#[derive(Clone, Default)]
struct Blocks(HashMap<String, Vec<u8>>);

impl Blocks {
    fn raw(&mut self, data: &[u8]) -> Cid {
        self.add(0x55, data.to_vec())
    }

    /// A node of UnixFS; 1 is a folder, 2 a file, 5 a folder in pieces.
    fn node(&mut self, kind: u8, data: &[u8], links: &[(&str, &Cid)]) -> Cid {
        let mut block = Vec::new();
        for (name, cid) in links {
            let link = [field(1, cid), field(2, name.as_bytes())].concat();
            block.extend(field(2, &link));
        }
        let unixfs = [vec![8, kind], field(2, data)].concat();
        block.extend(field(1, &unixfs));
        self.add(0x70, block)
    }

    fn add(&mut self, codec: u8, block: Vec<u8>) -> Cid {
        let cid = [&[1, codec, 0x12, 0x20], &Sha256::digest(&block)[..]].concat();
        self.0.insert(text(&cid), block);
        cid
    }
}

/// A field of protobuf with bytes.
fn field(number: u8, bytes: &[u8]) -> Vec<u8> {
    let mut out = vec![number << 3 | 2];
    let mut length = bytes.len();
    while length > 0x7f {
        out.push(length as u8 | 0x80);
        length >>= 7;
    }
    out.push(length as u8);
    out.extend(bytes);
    out
}

fn text(cid: &[u8]) -> String {
    format!("b{}", BASE32_NOPAD.encode(cid).to_lowercase())
}

async fn answer(State(blocks): State<Arc<Blocks>>, request: Request) -> Response {
    assert_eq!(request.uri().query(), Some("format=raw"));
    let name = request.uri().path().strip_prefix("/ipfs/").unwrap();
    match blocks.0.get(name) {
        Some(block) if block.starts_with(b"to ") => {
            let to = String::from_utf8(block[3..].to_vec()).unwrap();
            (StatusCode::FOUND, [(header::LOCATION, to)]).into_response()
        }
        Some(block) => block.clone().into_response(),
        None => StatusCode::NOT_FOUND.into_response(),
    }
}

async fn gateway(blocks: &Blocks) -> Url {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/", listener.local_addr().unwrap()).parse().unwrap();
    let app = axum::Router::new().fallback(answer).with_state(Arc::new(blocks.clone()));
    tokio::spawn(async move { axum::serve(listener, app).await });
    url
}

fn settings(gateways: &[Url]) -> Settings {
    let limits = Limits {
        attempts: 2,
        first_pause: Duration::from_millis(1),
        max_file_bytes: 8 << 20,
        ..Limits::default()
    };
    Settings { limits, trust: Trust::default(), ipfs_gateways: gateways.to_vec(), cache_bytes: 0 }
}

/// Gets `ipfs://…` from these gateways and gives the one file that came.
async fn get(gateways: &[Url], place: &str) -> Result<(String, Vec<u8>), InputError> {
    let home = Home::new();
    let area = WorkArea::new(home.task());
    let supply = Supply::open(&settings(gateways), "unused".into()).unwrap();
    let memory = Memory::watch();
    let got = supply.gather(&[input(&format!("ipfs://{place}"))], &area, &CancellationToken::new()).await;
    memory.bounded(place);
    home.untouched(place);
    let placed = files(&area.folder(Folder::Shared));
    got.inspect_err(|_| assert!(placed.is_empty(), "{placed:?}"))?;
    let content = std::fs::read(area.folder(Folder::Shared).join(&placed[0])).unwrap();
    Ok((placed[0].clone(), content))
}

fn fault(got: Result<(String, Vec<u8>), InputError>) -> IpfsFault {
    match got {
        Err(InputError::Ipfs { fault, .. }) => fault,
        other => panic!("it should have been refused: {other:?}"),
    }
}

#[tokio::test]
async fn files_are_put_together_of_verified_blocks() {
    let _alone = alone().await;
    let mut blocks = Blocks::default();
    let (a, b, c) = (blocks.raw(b"one "), blocks.raw(b"two "), blocks.node(2, b"three", &[]));
    let pair = blocks.node(2, b"", &[("", &a), ("", &b)]);
    let file = blocks.node(2, b"zero ", &[("", &pair), ("", &a), ("", &c)]);
    let inner = blocks.node(1, b"", &[("a b.txt", &file), ("one", &a)]);
    let outer = blocks.node(1, b"", &[("dir", &inner)]);
    let gateways = [gateway(&blocks).await];
    let whole = b"zero one two one three".to_vec();
    assert_eq!(get(&gateways, &text(&a)).await.unwrap(), (text(&a), b"one ".to_vec()));
    assert_eq!(get(&gateways, &text(&file)).await.unwrap(), (text(&file), whole.clone()));
    let place = format!("{}/dir/a%20b.txt", text(&outer));
    assert_eq!(get(&gateways, &place).await.unwrap(), ("a b.txt".into(), whole.clone()));
    let version_0 = bs58::encode(&file[2..]).into_string();
    assert_eq!(get(&gateways, &version_0).await.unwrap().1, whole);

    for (place, wanted) in [
        (text(&outer), IpfsFault::NoFile),
        (format!("{}/dir/none", text(&outer)), IpfsFault::NoPath),
        (format!("{}/below/a/file", text(&file)), IpfsFault::NoPath),
        (format!("{}/x", text(&a)), IpfsFault::NoPath),
        ("example.org".into(), IpfsFault::Name),
        ("bafkqaddimvwgy3zao5xxe3debi".into(), IpfsFault::Name),
    ] {
        assert_eq!(fault(get(&gateways, &place).await), wanted, "{place}");
    }
    assert_eq!(get(&[], &text(&a)).await.unwrap_err().code(), "P-IN-026");
    let missing = text(&Blocks::default().raw(b"nobody has this"));
    assert_eq!(get(&gateways, &missing).await.unwrap_err().code(), "P-IN-005");
}

#[tokio::test]
async fn a_gateway_can_refuse_and_nothing_else() {
    let _alone = alone().await;
    let mut honest = Blocks::default();
    let leaf = honest.raw(b"true");
    let file = honest.node(2, b"", &[("", &leaf)]);
    let mut liar = honest.clone();
    liar.0.insert(text(&leaf), b"false".to_vec());
    let (honest, liar, down) =
        (gateway(&honest).await, gateway(&liar).await, "http://127.0.0.1:1/".parse().unwrap());
    assert_eq!(fault(get(std::slice::from_ref(&liar), &text(&file)).await), IpfsFault::Lie);
    assert_eq!(get(&[down, liar, honest.clone()], &text(&file)).await.unwrap().1, b"true");

    let cases: [(&[u8], &str); 3] = [
        (b"to http://169.254.169.254/", "P-IN-024"),
        (b"to file:///etc/passwd", "P-IN-001"),
        (&[0; (2 << 20) + 1], "P-IN-027"),
    ];
    for (block, code) in cases {
        let mut blocks = Blocks::default();
        blocks.0.insert(text(&leaf), block.to_vec());
        let error = get(&[gateway(&blocks).await], &text(&leaf)).await.unwrap_err();
        assert_eq!(error.code(), code, "{error}");
    }

    // Whoever names a gateway opens it to no input.
    let area = Home::new();
    let supply = Supply::open(&settings(std::slice::from_ref(&honest)), "unused".into()).unwrap();
    let direct = [input(honest.join("ipfs/x").unwrap().as_str())];
    let error = supply.gather(&direct, &WorkArea::new(area.task()), &CancellationToken::new()).await;
    assert_eq!(error.unwrap_err().code(), "P-IN-024");
}

#[tokio::test]
async fn blocks_that_cost_too_much_have_an_end() {
    let _alone = alone().await;
    let mut blocks = Blocks::default();
    let wide = |blocks: &mut Blocks, of: &Cid, count| blocks.node(2, b"", &vec![("", of); count]);
    let mut large = blocks.raw(&[7; 1 << 20]);
    for _ in 0..3 {
        large = wide(&mut blocks, &large, 100);
    }
    let mut many = blocks.raw(b"x");
    for _ in 0..6 {
        many = wide(&mut blocks, &many, 45_000);
    }
    let pieces = blocks.node(5, b"", &[]);
    let other_hash = blocks.node(2, b"", &[("", &vec![1, 0x55, 0x1e, 0x20])]);
    let garbage = blocks.add(0x70, vec![0xff; 100]);
    let gateways = [gateway(&blocks).await];
    assert_eq!(get(&gateways, &text(&large)).await.unwrap_err().code(), "P-IN-010");
    assert_eq!(fault(get(&gateways, &text(&many)).await), IpfsFault::Endless);
    assert_eq!(fault(get(&gateways, &text(&pieces)).await), IpfsFault::NoFile);
    assert_eq!(fault(get(&gateways, &text(&other_hash)).await), IpfsFault::Block);
    assert_eq!(fault(get(&gateways, &text(&garbage)).await), IpfsFault::Block);
}

//! What servers may do: each behaviour is a script for a bare socket, so that nothing is more polite than it should be.

use super::canary::{Home, Memory, alone, files};
use super::input;
use poco::dapp::{Folder, WorkArea};
use poco::inputs::{InputError, Limits, Settings, Supply, Trust};
use poco::poco::Fault;
use std::collections::BTreeSet;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio_util::sync::CancellationToken;

/// What a server does with one connection. After its last act it hangs up.
enum Act {
    /// Reads a request.
    Read,
    /// Sends these bytes.
    Send(Vec<u8>),
    /// Sends these bytes until the other side has had enough.
    Flood(Vec<u8>),
    /// Sends these bytes again and again, with a pause before each.
    Trickle(Vec<u8>),
    /// Does nothing until the other side goes.
    Wait,
}
use Act::{Flood, Read, Send, Trickle, Wait};

struct Case {
    name: &'static str,
    acts: Vec<Act>,
    /// The code, or nothing when it is a download like any other.
    code: Option<&'static str>,
    /// How the path ends; the server's own address stands for `HOST`.
    path: &'static str,
}

fn case(name: &'static str, code: Option<&'static str>, acts: Vec<Act>) -> Case {
    Case { name, acts, code, path: "x" }
}

/// Reads the request and sends this.
fn says(name: &'static str, code: Option<&'static str>, answer: impl AsRef<[u8]>) -> Case {
    case(name, code, vec![Read, Send(answer.as_ref().to_vec())])
}

/// Small enough that a flood ends soon, patient enough that a busy machine is no time-out.
fn limits() -> Limits {
    Limits {
        attempts: 2,
        first_pause: Duration::from_millis(1),
        idle_timeout: Duration::from_secs(2),
        total_timeout: Duration::from_secs(6),
        max_file_bytes: 96 << 20,
        ..Limits::default()
    }
}

const OK: &str = "HTTP/1.1 200 OK\r\n";
const BROKEN: Option<&str> = Some("P-IN-011");
const REFUSED: Option<&str> = Some("P-IN-005");
const TROUBLE: Option<&str> = Some("P-IN-006");
const REDIRECTS: Option<&str> = Some("P-IN-007");
const SILENT: Option<&str> = Some("P-IN-008");
const LARGE: Option<&str> = Some("P-IN-010");
const BARRED: Option<&str> = Some("P-IN-024");

fn cases() -> Vec<Case> {
    let redirect = |to: &str| format!("HTTP/1.1 302 Found\r\nlocation: {to}\r\ncontent-length: 0\r\n\r\n");
    let megabyte = vec![b'x'; 1 << 20];
    let chunk = [b"100000\r\n".to_vec(), megabyte.clone(), b"\r\n".to_vec()].concat();
    let mut all = vec![
        // Silence and noise.
        case("hangs up at once", BROKEN, vec![]),
        case("reads and hangs up", BROKEN, vec![Read]),
        case("says nothing", SILENT, vec![Read, Wait]),
        case("does not even read", SILENT, vec![Wait]),
        case("stops within its headers", SILENT, vec![Read, Send(b"HTTP/1.1 200 OK\r\nserv".into()), Wait]),
        case("trickles headers", Some("P-IN-008"), vec![Read, Send(OK.into()), Trickle(b"x: y\r\n".into())]),
        case(
            "headers without an end",
            BROKEN,
            vec![Read, Send(OK.into()), Flood(b"x: yyyyyyyyyyyyyyyyyyyyyyyyyyyy\r\n".into())],
        ),
        case(
            "one header without an end",
            BROKEN,
            vec![Read, Send([OK, "x: "].concat().into()), Flood(megabyte.clone())],
        ),
        case(
            "a status line without an end",
            BROKEN,
            vec![Read, Send(b"HTTP/1.1 200 ".into()), Flood(megabyte.clone())],
        ),
        case("no HTTP", BROKEN, vec![Read, Flood(vec![0xff; 1 << 16])]),
        says("another protocol", BROKEN, "SSH-2.0-OpenSSH_9.2\r\n"),
        says("a status that is no number", BROKEN, "HTTP/1.1 abc OK\r\n\r\n"),
        says("a version of the future", BROKEN, "HTTP/9.9 200 OK\r\n\r\n"),
        case(
            "provisional answers without an end",
            SILENT,
            vec![Read, Trickle(b"HTTP/1.1 103 Early Hints\r\n\r\n".into())],
        ),
        // Sizes that lie.
        says("declares too much", LARGE, [OK, "content-length: 100663297\r\n\r\n"].concat()),
        says(
            "declares more than there are numbers",
            BROKEN,
            [OK, "content-length: 99999999999999999999999\r\n\r\n"].concat(),
        ),
        says("declares less than nothing", BROKEN, [OK, "content-length: -1\r\n\r\nx"].concat()),
        says("declares two sizes", BROKEN, [OK, "content-length: 1\r\ncontent-length: 2\r\n\r\nxx"].concat()),
        says("sends less than it declares", BROKEN, [OK, "content-length: 10\r\n\r\nhalf"].concat()),
        says("sends more than it declares", None, [OK, "content-length: 4\r\n\r\nfour and more"].concat()),
        case(
            "declares nothing and never ends",
            LARGE,
            vec![Read, Send([OK, "\r\n"].concat().into()), Flood(megabyte.clone())],
        ),
        case(
            "chunks without an end",
            LARGE,
            vec![Read, Send([OK, "transfer-encoding: chunked\r\n\r\n"].concat().into()), Flood(chunk)],
        ),
        says(
            "a chunk of no number",
            BROKEN,
            [OK, "transfer-encoding: chunked\r\n\r\nzz\r\nx\r\n0\r\n\r\n"].concat(),
        ),
        says(
            "a chunk larger than all memory",
            BROKEN,
            [OK, "transfer-encoding: chunked\r\n\r\nffffffffffffffffff\r\nx"].concat(),
        ),
        says("chunks cut short", BROKEN, [OK, "transfer-encoding: chunked\r\n\r\n4\r\nha"].concat()),
        case(
            "chunks of a byte with words beside them",
            BROKEN,
            vec![
                Read,
                Send([OK, "transfer-encoding: chunked\r\n\r\n1;"].concat().into()),
                Flood(b"extension=".repeat(1000)),
            ],
        ),
        case(
            "stops in the middle",
            SILENT,
            vec![Read, Send([OK, "content-length: 10\r\n\r\nhalf"].concat().into()), Wait],
        ),
        case(
            "trickles for ever",
            Some("P-IN-009"),
            vec![Read, Send([OK, "\r\n"].concat().into()), Trickle(b".".into())],
        ),
        says(
            "packs what was not to be packed",
            None,
            [OK, "content-encoding: gzip\r\ncontent-length: 3\r\n\r\n\x1f\x08x"].concat(),
        ),
        // Statuses.
        says("not found", REFUSED, "HTTP/1.1 404 Not Found\r\ncontent-length: 0\r\n\r\n"),
        says(
            "asks for a password",
            REFUSED,
            "HTTP/1.1 401 No\r\nwww-authenticate: Basic realm=x\r\ncontent-length: 0\r\n\r\n",
        ),
        says("has nothing", REFUSED, "HTTP/1.1 204 No Content\r\n\r\n"),
        says(
            "a part that nobody asked for",
            REFUSED,
            "HTTP/1.1 206 Partial Content\r\ncontent-range: bytes 5-9/10\r\ncontent-length: 5\r\n\r\nwrong",
        ),
        says("not modified since never", REFUSED, "HTTP/1.1 304 Not Modified\r\n\r\n"),
        says(
            "another protocol by upgrade",
            REFUSED,
            "HTTP/1.1 101 Switching Protocols\r\nupgrade: x\r\nconnection: upgrade\r\n\r\n",
        ),
        says(
            "in trouble",
            TROUBLE,
            "HTTP/1.1 503 Later\r\nretry-after: 99999999\r\ncontent-length: 0\r\n\r\n",
        ),
        says("too busy", TROUBLE, "HTTP/1.1 429 Slower\r\ncontent-length: 0\r\n\r\n"),
        // Redirects.
        says("to itself", REDIRECTS, redirect("/x")),
        says("to nowhere", REDIRECTS, "HTTP/1.1 302 Found\r\ncontent-length: 0\r\n\r\n"),
        says("to no address", REDIRECTS, redirect("http://[")),
        says("to a file", Some("P-IN-001"), redirect("file:///etc/passwd")),
        says("to data", Some("P-IN-001"), redirect("data:text/plain,x")),
        says("to a mail", Some("P-IN-001"), redirect("ftp://host/x")),
        says("to the cloud's metadata", BARRED, redirect("http://169.254.169.254/latest/meta-data/")),
        says("to the metadata in IPv6", BARRED, redirect("http://[fd00:ec2::254]/latest/")),
        says("to a private network", BARRED, redirect("//10.0.0.1/x")),
        says("to IPv4 in IPv6", BARRED, redirect("http://[::ffff:192.168.0.1]/")),
        says("to an address in hexadecimal", BARRED, redirect("http://0xa9fea9fe/")),
        says("to an address as one number", BARRED, redirect("http://2852039166/")),
        says("to an address in octal", BARRED, redirect("http://0251.0376.0251.0376/")),
        says("to everywhere", BARRED, redirect("http://0.0.0.0/")),
        // A download like any other.
        says("keeps to the rules", None, [OK, "content-length: 4\r\n\r\nfine"].concat()),
        says("speaks HTTP/1.0", None, "HTTP/1.0 200 OK\r\n\r\nfine"),
    ];
    let named = |path, name| Case { path, ..says(name, Some("P-IN-003"), [OK, "\r\n"].concat()) };
    all.push(named("a%2F..", "a name that climbs"));
    all.push(Case { code: Some("P-IN-002"), ..named("a%2f", "a name of nothing") });
    all
}

async fn serve(acts: &[Act], mut stream: TcpStream) -> std::io::Result<()> {
    for act in acts {
        match act {
            Read => drop(stream.read(&mut [0; 8192]).await?),
            Send(bytes) => stream.write_all(bytes).await?,
            Flood(bytes) => loop {
                stream.write_all(bytes).await?;
            },
            Trickle(bytes) => loop {
                tokio::time::sleep(Duration::from_millis(100)).await;
                stream.write_all(bytes).await?;
            },
            Wait => while stream.read(&mut [0; 8192]).await? > 0 {},
        }
    }
    // What lies unread would turn the end into a reset.
    stream.shutdown().await
}

/// Serves every connection by the script until it is dropped.
struct Server {
    port: u16,
    task: tokio::task::JoinHandle<()>,
}

impl Server {
    async fn start(acts: Vec<Act>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let acts = std::sync::Arc::new(acts);
        let task = tokio::spawn(async move {
            let mut open = tokio::task::JoinSet::new();
            while let Ok((stream, _)) = listener.accept().await {
                let acts = acts.clone();
                open.spawn(async move { serve(&acts, stream).await });
            }
        });
        Self { port, task }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn get(server: &Server, path: &str, area: &WorkArea) -> Result<(), InputError> {
    let settings =
        Settings { limits: limits(), trust: Trust::loopback(), cache_bytes: 0, ..Settings::default() };
    let supply = Supply::open(&settings, "unused".into()).unwrap();
    let url = format!("http://127.0.0.1:{}/{path}", server.port);
    supply.gather(&[input(&url)], area, &CancellationToken::new()).await.map(drop)
}

#[tokio::test]
async fn every_server_ends_as_it_must() {
    let _alone = alone().await;
    let polite = || vec![Read, Send([OK, "content-length: 5\r\n\r\nworks"].concat().into())];
    let (mut names, mut wrong) = (BTreeSet::new(), Vec::new());
    for Case { name, acts, code, path } in cases() {
        assert!(names.insert(name), "two cases are called {name}");
        let server = Server::start(acts).await;
        let (home, memory) = (Home::new(), Memory::watch());
        let area = WorkArea::new(home.task());
        let outcome = get(&server, path, &area).await;
        memory.bounded(name);
        home.untouched(name);
        let told = outcome.as_ref().err().map(Fault::code);
        let placed = files(&area.folder(Folder::Shared));
        if told != code || outcome.is_err() != placed.is_empty() {
            wrong.push(format!("{name}: {told:?} instead of {code:?}; left {placed:?}: {outcome:?}"));
        }

        let (next, server) = (Home::new(), Server::start(polite()).await);
        let area = WorkArea::new(next.task());
        get(&server, "next", &area).await.unwrap();
        assert_eq!(std::fs::read(area.folder(Folder::Shared).join("next")).unwrap(), b"works");
    }
    assert!(names.len() >= 30, "only {} cases", names.len());
    assert!(wrong.is_empty(), "{} of {}:\n{}", wrong.len(), names.len(), wrong.join("\n"));
}

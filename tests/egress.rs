//! The proxy of a dapp, on a real engine and with a real server: what is listed passes, and nothing else does.

mod container_support;

use axum::Router;
use axum::http::HeaderMap;
use axum::routing::{get, post};
use container_support::Task;
use poco::container::{DockerEngine, Engine, Exit, Network, Outcome, Rules};
use poco::dapp::{EnvVar, Folder};
use poco::poco::{Class, Fault};
use poco::reach::Trust;
use std::path::Path;
use std::time::Duration;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

/// A server on every address of this host; its port.
async fn server() -> u16 {
    let listener = TcpListener::bind("0.0.0.0:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let seen = async |headers: HeaderMap| {
        let names = headers.keys().map(|name| name.as_str().to_owned()).collect::<Vec<_>>();
        format!("host {} with {}\n", headers["host"].to_str().unwrap(), names.join(" "))
    };
    let app = Router::new()
        .route("/hello", get(async || "hello\n"))
        .route("/seen", get(seen))
        .route("/length", post(async |body: String| format!("{} bytes\n", body.len())));
    tokio::spawn(async move { axum::serve(listener, app).await });
    port
}

async fn proxied(line: &str, domains: &[String], trust: Trust) -> Task {
    let mut task = Task::new(line).await;
    let domains = domains.iter().map(|domain| domain.parse().unwrap()).collect();
    let rules = Rules { network: Network::Proxy, domains, trust, ..Rules::default() };
    task.engine = DockerEngine::connect_with(rules).await.unwrap();
    task
}

async fn run(line: &str, domains: &[String], trust: Trust) -> (Outcome, String, String) {
    let task = proxied(line, domains, trust).await;
    let outcome = task.run().await;
    (outcome, task.stdout(), task.stderr())
}

/// Asks the proxy in a shell, byte by byte, and prints its answer.
fn ask(request: &str) -> String {
    format!("printf '{request}' | busybox timeout 20 busybox nc 127.0.0.1 3128; echo; ")
}

async fn appears(path: &Path) {
    let appearing = async {
        while !path.exists() {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(30), appearing).await.expect("the dapp never started");
}

#[tokio::test]
async fn a_listed_domain_is_reached_by_those_who_know_of_proxies() {
    let port = server().await;
    let url = format!("http://localhost:{port}");
    let post = format!("POST {url}/length HTTP/1.0\\r\\nContent-Length: 5\\r\\n\\r\\n12345");
    let line = format!(
        "busybox wget -qO- {url}/hello; {} \
         busybox wget -qO- --header 'Proxy-Authorization: x' --header 'Connection: X-Gone' --header 'X-Gone: 1' {url}/seen",
        ask(&post)
    );
    let (outcome, stdout, stderr) = run(&line, &[format!("localhost:{port}")], Trust::loopback()).await;
    assert_eq!((outcome.exit, outcome.refused.len()), (Exit::Exited(0), 0), "{stderr}");
    assert!(stdout.starts_with("hello\n") && stdout.contains("\r\n\r\n5 bytes\n"), "{stdout}{stderr}");
    let seen = stdout.lines().last().unwrap();
    assert!(seen.starts_with(&format!("host localhost:{port} with ")), "{seen}");
    assert!(!seen.contains("proxy") && !seen.contains("gone") && !seen.contains("connection"), "{seen}");
}

#[tokio::test]
async fn a_tunnel_carries_whatever_it_is() {
    let port = server().await;
    let connect = format!("CONNECT LOCALHOST.:{port} HTTP/1.1\\r\\nHost: x\\r\\n\\r\\n");
    // What is said at once, before the tunnel stands, is not lost.
    let line = ask(&format!("{connect}GET /hello HTTP/1.0\\r\\n\\r\\n"));
    let (outcome, stdout, stderr) = run(&line, &[format!("localhost:{port}")], Trust::loopback()).await;
    assert_eq!(outcome.exit, Exit::Exited(0), "{stderr}");
    assert!(stdout.starts_with("HTTP/1.1 200 OK\r\n"), "{stdout}{stderr}");
    assert!(stdout.ends_with("\r\n\r\nhello\n\n"), "{stdout}");
}

#[tokio::test]
async fn what_is_not_listed_is_refused_with_words_and_told_with_the_end() {
    let port = server().await;
    let other = server().await;
    let line = [
        "CONNECT example.org:443 HTTP/1.1\\r\\n\\r\\n".to_owned(),
        format!("CONNECT localhost:{other} HTTP/1.1\\r\\n\\r\\n"),
        format!("CONNECT 127.0.0.1:{port} HTTP/1.1\\r\\n\\r\\n"),
        format!("CONNECT 127.1:{port} HTTP/1.1\\r\\n\\r\\n"),
        format!("CONNECT [::1]:{port} HTTP/1.1\\r\\n\\r\\n"),
        "GET http://localhost/ HTTP/1.0\\r\\n\\r\\n".into(),
        format!("GET http://evil.localhost:{port}/hello HTTP/1.0\\r\\n\\r\\n"),
    ];
    let line: String = line.iter().map(|request| ask(request)).collect();
    let (outcome, stdout, stderr) = run(&line, &[format!("localhost:{port}")], Trust::loopback()).await;
    let answers = stdout.lines().filter(|line| line.contains(" 403 ")).count();
    assert_eq!(answers, 7, "{stdout}{stderr}");
    assert!(stdout.contains("poco: example.org:443 is not among the domains"), "{stdout}");
    let mut refused = [
        "127.0.0.1:".to_owned() + &port.to_string(),
        format!("[::1]:{port}"),
        "example.org:443".into(),
        format!("evil.localhost:{port}"),
        format!("localhost:{other}"),
        "localhost:80".into(),
    ];
    refused.sort();
    assert_eq!(outcome.refused, refused);
}

/// That it is listed does not make it a part of the open internet.
#[tokio::test]
async fn what_is_listed_and_leads_into_this_host_or_its_network_is_refused() {
    let port = server().await;
    let domains = ["localhost", "127.0.0.1", "169.254.169.254", "10.0.0.1", "[::ffff:127.0.0.1]"];
    let domains = domains.map(|host| format!("{host}:{port}"));
    let line: String =
        domains.iter().map(|domain| ask(&format!("CONNECT {domain} HTTP/1.1\\r\\n\\r\\n"))).collect();
    let (outcome, stdout, _) = run(&line, &domains, Trust::default()).await;
    assert_eq!(stdout.lines().filter(|line| line.contains(" 403 ")).count(), domains.len(), "{stdout}");
    assert!(stdout.contains(&format!("poco: localhost:{port} is at an address that is no part of the open")));
    assert!(!stdout.contains("this host's own"), "the dapp is not told what it is: {stdout}");
    assert_eq!(outcome.refused.len(), domains.len(), "{:?}", outcome.refused);
    assert!(
        outcome.refused.contains(&format!("localhost:{port} (not on the open internet)")),
        "{:?}",
        outcome.refused
    );
}

#[tokio::test]
async fn what_is_no_request_to_a_proxy_is_told_so_and_what_does_not_answer_too() {
    let nobody = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap().port();
    let line = [
        "GET /hello HTTP/1.0\\r\\n\\r\\n".to_owned(),
        "GET https://localhost/ HTTP/1.0\\r\\n\\r\\n".into(),
        "CONNECT localhost HTTP/1.1\\r\\n\\r\\n".into(),
        "rubbish\\r\\n\\r\\n".into(),
        format!("CONNECT localhost:{nobody} HTTP/1.1\\r\\n\\r\\n"),
    ];
    let line: String = line.iter().map(|request| ask(request)).collect();
    let (outcome, stdout, _) = run(&line, &[format!("localhost:{nobody}")], Trust::loopback()).await;
    assert_eq!(stdout.matches(" 400 ").count(), 4, "{stdout}");
    assert_eq!(stdout.matches(" 502 ").count(), 1, "{stdout}");
    assert_eq!(outcome.refused, [""; 0]);
}

#[tokio::test]
async fn there_is_no_way_around_it() {
    let port = server().await;
    let line = format!(
        "ls /sys/class/net; busybox tail -n +2 /proc/net/route; hostname; \
         for address in 127.0.0.1 172.17.0.1 192.0.2.1 169.254.169.254; do \
         busybox timeout 5 busybox nc $address {port} < /dev/null && echo reached $address; done; \
         env -u http_proxy busybox wget -qO- http://localhost:{port}/hello; echo end"
    );
    let (outcome, stdout, stderr) = run(&line, &[format!("localhost:{port}")], Trust::loopback()).await;
    assert_eq!((outcome.exit, stdout.as_str()), (Exit::Exited(0), "lo\npoco\nend\n"), "{stderr}");
}

#[tokio::test]
async fn the_proxy_is_the_same_for_every_dapp_whatever_it_was_told_before() {
    let mut task = proxied("env | grep -i _proxy", &["example.org".into()], Trust::default()).await;
    task.spec.launch.env.push(EnvVar { name: "https_proxy".into(), value: "http://192.0.2.1:1".into() });
    task.run().await;
    let mut lines: Vec<String> = task.stdout().lines().map(ToOwned::to_owned).collect();
    lines.sort();
    let proxy = "http://127.0.0.1:3128";
    let none = "localhost,127.0.0.1,::1";
    assert_eq!(
        lines,
        [
            format!("HTTPS_PROXY={proxy}"),
            format!("HTTP_PROXY={proxy}"),
            format!("NO_PROXY={none}"),
            format!("http_proxy={proxy}"),
            format!("https_proxy={proxy}"),
            format!("no_proxy={none}"),
        ]
    );
}

#[tokio::test]
async fn a_dapp_does_not_see_anothers_network() {
    let port = server().await;
    let domains = [format!("localhost:{port}")];
    let both = "busybox nc -l -p 9999 > /dev/null & touch /iexec/started; \
                while [ ! -e /iexec/go ]; do sleep 0.1; done; ";
    let hello = format!("busybox wget -qO- http://localhost:{port}/hello");
    let listening = proxied(&format!("{both}{hello}"), &domains, Trust::loopback()).await;
    let other = proxied(
        &format!("busybox nc 127.0.0.1 9999 < /dev/null; echo $?; {hello}"),
        &domains,
        Trust::loopback(),
    )
    .await;
    let folder = listening.spec.area.folder(Folder::Shared);
    let (first, ()) = tokio::join!(listening.run(), async {
        appears(&folder.join("started")).await;
        assert_eq!(other.run().await.exit, Exit::Exited(0), "{}", other.stderr());
        std::fs::write(folder.join("go"), "").unwrap();
    });
    assert_eq!((first.exit, listening.stdout().as_str()), (Exit::Exited(0), "hello\n"));
    assert_eq!(other.stdout(), "1\nhello\n");
}

#[tokio::test]
async fn a_flood_of_connections_harms_nobody_else() {
    let port = server().await;
    let domains = [format!("localhost:{port}")];
    let flood = "touch /iexec/started; i=0; while [ $i -lt 300 ]; do \
                 (sleep 600 | busybox nc 127.0.0.1 3128) 2> /dev/null & i=$((i+1)); done; touch /iexec/flooded; wait";
    let mut flooding = proxied(flood, &domains, Trust::loopback()).await;
    flooding.spec.limits.pids = 2000;
    flooding.spec.limits.memory_bytes = 512 << 20;
    let honest =
        proxied(&format!("busybox wget -qO- http://localhost:{port}/hello"), &domains, Trust::loopback())
            .await;
    let flooded = flooding.spec.area.folder(Folder::Shared).join("flooded");
    let cancel = CancellationToken::new();
    let (ended, ()) = tokio::join!(flooding.try_run(&cancel), async {
        appears(&flooded).await;
        honest.run().await;
        cancel.cancel();
    });
    assert_eq!((ended.unwrap().exit, honest.stdout().as_str()), (Exit::Cancelled, "hello\n"));
}

/// A dapp that was served by a worker that is gone has seen its proxy go, so that what it makes of that is no result.
#[tokio::test]
async fn what_ran_without_its_proxy_is_run_anew() {
    for line in ["touch /iexec/started; sleep 600", "touch /iexec/started; sleep 1; exit 0"] {
        let task = proxied(line, &["example.org".into()], Trust::default()).await;
        let started = task.spec.area.folder(Folder::Shared).join("started");
        let cancel = CancellationToken::new();
        tokio::select! {
            _ = task.engine.run(&task.spec, &cancel) => panic!("the run ended"),
            () = appears(&started) => {}
        }
        assert_eq!(task.containers().await, 2, "the dapp's, and the one that keeps its network");
        let error = task.try_run(&cancel).await.unwrap_err();
        assert_eq!((error.code(), error.class()), ("P-CO-012", Class::Retry));
    }
}

#[tokio::test]
async fn a_dapp_that_cannot_be_started_leaves_no_network() {
    let mut task = proxied("", &["example.org".into()], Trust::default()).await;
    task.spec.launch.command = Some(vec!["/no/such/program".into()]);
    let error = task.try_run(&CancellationToken::new()).await.unwrap_err();
    assert_eq!(error.code(), "P-CO-008");
}

#[tokio::test]
async fn the_proxy_is_tried_before_it_is_needed() {
    let folder = tempfile::tempdir().unwrap();
    let task = proxied("true", &["example.org".into()], Trust::default()).await;
    task.engine.try_proxy(folder.path()).await.unwrap();
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
    let alone = Rules { domains: vec!["example.org".parse().unwrap()], ..Rules::default() };
    let error = DockerEngine::connect_with(alone).await.unwrap_err();
    assert_eq!((error.code(), error.class()), ("P-CO-034", Class::Fatal));
}

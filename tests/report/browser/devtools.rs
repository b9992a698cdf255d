//! A headless Chromium, spoken to in its DevTools protocol over two pipes: messages of JSON, each ended by a zero byte.

use serde_json::{Value, json};
use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

/// A browser of our own, with a profile of its own.
pub(super) struct Browser {
    child: Child,
    to: Option<ChildStdin>,
    from: BufReader<ChildStdout>,
    last: u64,
    _profile: tempfile::TempDir,
}

/// A page that is open in it.
pub(super) struct Page<'a> {
    browser: &'a mut Browser,
    session: String,
    fetched: Vec<String>,
}

impl Browser {
    pub(super) fn start() -> Self {
        let profile = tempfile::tempdir().unwrap();
        // The browser reads from 3 and writes to 4; the shell lays our two pipes there.
        let script = r#"exec "$@" 3<&0 4>&1 0</dev/null 1>/dev/null 2>/dev/null"#;
        let mut child = Command::new("sh")
            .args(["-c", script, "sh", "chromium", "--headless", "--remote-debugging-pipe"])
            // It is root's browser here, in a container perhaps, and shows nothing but files of our own.
            .args(["--no-sandbox", "--disable-dev-shm-usage", "--disable-gpu", "--hide-scrollbars"])
            .args(["--no-first-run", "--disable-background-networking", "--disable-component-update"])
            .arg(format!("--user-data-dir={}", profile.path().display()))
            .arg("about:blank")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let to = child.stdin.take();
        let from = BufReader::new(child.stdout.take().unwrap());
        Self { child, to, from, last: 0, _profile: profile }
    }

    /// Opens a file at a width in pixels and in a colour scheme, and waits until it is loaded.
    pub(super) fn open(&mut self, path: &Path, width: u32, scheme: &str) -> Page<'_> {
        let target = self.ask(None, "Target.createTarget", json!({ "url": "about:blank" }), &mut |_| {});
        let attach = json!({ "targetId": target["targetId"], "flatten": true });
        let session = self.ask(None, "Target.attachToTarget", attach, &mut |_| {});
        let session = session["sessionId"].as_str().unwrap().to_owned();
        let mut page = Page { browser: self, session, fetched: Vec::new() };
        page.ask("Page.enable", json!({}));
        page.ask("Network.enable", json!({}));
        let metrics = json!({ "width": width, "height": 900, "deviceScaleFactor": 1, "mobile": false });
        page.ask("Emulation.setDeviceMetricsOverride", metrics);
        let media = json!({ "features": [{ "name": "prefers-color-scheme", "value": scheme }] });
        page.ask("Emulation.setEmulatedMedia", media);
        page.ask("Page.navigate", json!({ "url": format!("file://{}", path.display()) }));
        page.wait_for("Page.loadEventFired");
        page
    }

    fn read(&mut self) -> Value {
        let mut bytes = Vec::new();
        self.from.read_until(0, &mut bytes).unwrap();
        assert_eq!(bytes.pop(), Some(0), "the browser is gone: is Debian's package `chromium` installed?");
        serde_json::from_slice(&bytes).unwrap()
    }

    /// Asks, and hands what else is said before the answer to `hear`.
    fn ask(
        &mut self,
        session: Option<&str>,
        method: &str,
        params: Value,
        hear: &mut dyn FnMut(&Value),
    ) -> Value {
        self.last += 1;
        let mut message = json!({ "id": self.last, "method": method, "params": params });
        if let Some(session) = session {
            message["sessionId"] = json!(session);
        }
        let to = self.to.as_mut().unwrap();
        to.write_all(format!("{message}\0").as_bytes()).unwrap();
        to.flush().unwrap();
        loop {
            let mut said = self.read();
            if said["id"] == self.last {
                assert!(said["error"].is_null(), "{method}: {}", said["error"]);
                return said["result"].take();
            }
            hear(&said);
        }
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        // A browser whose pipe is closed ends by itself.
        drop(self.to.take());
        let _ = self.child.wait();
    }
}

impl Page<'_> {
    /// The value of an expression, awaited if it is a promise.
    pub(super) fn evaluate(&mut self, expression: &str) -> Value {
        let mut answer = self.ask(
            "Runtime.evaluate",
            json!({ "expression": expression, "returnByValue": true, "awaitPromise": true }),
        );
        assert!(answer["exceptionDetails"].is_null(), "{answer}");
        answer["result"]["value"].take()
    }

    /// The whole page as a PNG, in base64.
    pub(super) fn screenshot(&mut self) -> String {
        let size = self.ask("Page.getLayoutMetrics", json!({}));
        let (width, height) = (&size["cssContentSize"]["width"], &size["cssContentSize"]["height"]);
        let clip = json!({ "x": 0, "y": 0, "width": width, "height": height, "scale": 1 });
        let whole = json!({ "captureBeyondViewport": true, "clip": clip });
        self.ask("Page.captureScreenshot", whole)["data"].as_str().unwrap().to_owned()
    }

    /// Every address that the page has asked for so far, itself among them.
    pub(super) fn fetched(&self) -> &[String] {
        &self.fetched
    }

    fn ask(&mut self, method: &str, params: Value) -> Value {
        let Self { browser, session, fetched } = self;
        browser.ask(Some(session), method, params, &mut |said| note(said, session, fetched))
    }

    fn wait_for(&mut self, event: &str) {
        loop {
            let said = self.browser.read();
            note(&said, &self.session, &mut self.fetched);
            if said["method"] == event && said["sessionId"] == self.session.as_str() {
                return;
            }
        }
    }
}

impl Drop for Page<'_> {
    fn drop(&mut self) {
        if !std::thread::panicking() {
            self.ask("Page.close", json!({}));
        }
    }
}

fn note(said: &Value, session: &str, fetched: &mut Vec<String>) {
    if said["method"] == "Network.requestWillBeSent" && said["sessionId"] == session {
        fetched.push(said["params"]["request"]["url"].as_str().unwrap().to_owned());
    }
}

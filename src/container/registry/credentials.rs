//! Logins, where the `docker` command keeps them: its `config.json`, and the helper programs that this names.

use super::{CredentialError, Login};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::Deserialize;
use std::collections::HashMap;
use std::path::PathBuf;
use std::process::Stdio;
use std::time::Duration;
use tokio::io::AsyncWriteExt;
use tokio::process::Command;

/// Time for a helper program.
const PATIENCE: Duration = Duration::from_secs(10);
/// The name under which Docker Hub's login is kept.
const DOCKER_HUB: &str = "https://index.docker.io/v1/";

/// Where logins are looked for. They are read anew each time: an operator logs in while the worker runs.
#[derive(Clone, Debug)]
pub struct Credentials {
    folder: Option<PathBuf>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct DockerConfig {
    auths: HashMap<String, Auth>,
    creds_store: Option<String>,
    cred_helpers: HashMap<String, String>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Auth {
    auth: Option<String>,
    identitytoken: Option<String>,
}

/// What a helper answers.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Answer {
    username: String,
    secret: String,
}

impl Credentials {
    /// Those of the user that this runs as: in `DOCKER_CONFIG`, else in `~/.docker`.
    pub fn of_this_user() -> Self {
        let named = std::env::var_os("DOCKER_CONFIG").map(PathBuf::from);
        Self { folder: named.or_else(|| Some(PathBuf::from(std::env::var_os("HOME")?).join(".docker"))) }
    }

    /// Those in a folder with a `config.json`.
    pub fn in_folder(folder: PathBuf) -> Self {
        Self { folder: Some(folder) }
    }

    /// The login for the registry at `host`, as an image's name has it; none if nobody has logged in.
    ///
    /// # Errors
    /// [`CredentialError`].
    pub async fn of(&self, host: &str) -> Result<Option<Login>, CredentialError> {
        let config = self.read()?;
        let key = if host == "docker.io" { DOCKER_HUB } else { host };
        let helper = config.cred_helpers.get(host).or_else(|| config.cred_helpers.get(key));
        if let Some(name) = helper.or(config.creds_store.as_ref())
            && let Some(login) = ask(name, key).await?
        {
            return Ok(Some(login));
        }
        let mut kept =
            config.auths.iter().filter(|(written, _)| *written == key || bare(written) == bare(key));
        let Some((_, auth)) = kept.next() else { return Ok(None) };
        self.login(auth)
    }

    fn read(&self) -> Result<DockerConfig, CredentialError> {
        let Some(folder) = &self.folder else { return Ok(DockerConfig::default()) };
        let path = folder.join("config.json");
        let text = match std::fs::read(&path) {
            Ok(text) => text,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(DockerConfig::default()),
            Err(error) => return Err(CredentialError::Config { path, why: error.to_string() }),
        };
        // The parser's own words could quote a secret.
        serde_json::from_slice(&text).map_err(|error| {
            let why = format!("it means nothing at line {}, column {}", error.line(), error.column());
            CredentialError::Config { path, why }
        })
    }

    fn login(&self, auth: &Auth) -> Result<Option<Login>, CredentialError> {
        if let Some(token) = auth.identitytoken.clone().filter(|token| !token.is_empty()) {
            return Ok(Some(Login::Identity { token }));
        }
        let Some(text) = auth.auth.as_ref().filter(|text| !text.is_empty()) else { return Ok(None) };
        let decoded = STANDARD.decode(text.trim()).ok().and_then(|bytes| String::from_utf8(bytes).ok());
        let Some((user, password)) = decoded.as_ref().and_then(|pair| pair.split_once(':')) else {
            let path = self.folder.clone().unwrap_or_default().join("config.json");
            return Err(CredentialError::Config {
                path,
                why: "an `auth` is not base64 of name:password".into(),
            });
        };
        let password = password.trim_end_matches('\0').to_owned();
        Ok(Some(Login::Password { user: user.to_owned(), password }))
    }
}

/// The host of a key such as `https://host/v2/`.
fn bare(key: &str) -> &str {
    let rest = key.split_once("://").map_or(key, |(_, rest)| rest);
    rest.split('/').next().unwrap_or(rest)
}

/// Asks a helper; none when it has no login.
async fn ask(name: &str, key: &str) -> Result<Option<Login>, CredentialError> {
    let program = format!("docker-credential-{name}");
    let failed = |why: String| CredentialError::Helper { program: program.clone(), why };
    if !name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"._-".contains(&byte)) {
        return Err(failed("is not named as a program can be".into()));
    }
    let asking = async {
        let mut child = Command::new(&program)
            .arg("get")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .kill_on_drop(true)
            .spawn()?;
        if let Some(mut stdin) = child.stdin.take() {
            stdin.write_all(key.as_bytes()).await?;
        }
        child.wait_with_output().await
    };
    let output = tokio::time::timeout(PATIENCE, asking)
        .await
        .map_err(|_| failed(format!("does not answer within {} s", PATIENCE.as_secs())))?
        .map_err(|error| failed(format!("cannot be run: {error}")))?;
    if !output.status.success() {
        // So the helpers' protocol says it; what else they say may be anything.
        let none = String::from_utf8_lossy(&output.stdout).contains("credentials not found");
        return if none { Ok(None) } else { Err(failed(format!("ended with {}", output.status))) };
    }
    let answer: Answer = serde_json::from_slice(&output.stdout)
        .map_err(|_| failed("answers with what means nothing".into()))?;
    Ok(Some(match answer.username.as_str() {
        "<token>" => Login::Identity { token: answer.secret },
        _ => Login::Password { user: answer.username, password: answer.secret },
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn of(config: &str, host: &str) -> Result<Option<Login>, CredentialError> {
        let dir = tempfile::tempdir().unwrap();
        std::fs::write(dir.path().join("config.json"), config).unwrap();
        Credentials::in_folder(dir.path().into()).of(host).await
    }

    fn someone() -> Login {
        Login::Password { user: "someone".into(), password: "pass:word".into() }
    }

    #[tokio::test]
    async fn logins_are_found_under_each_spelling_of_the_host() {
        let auth = STANDARD.encode("someone:pass:word");
        for (key, host) in [
            ("registry.example:5000", "registry.example:5000"),
            ("https://registry.example/v2/", "registry.example"),
            ("https://index.docker.io/v1/", "docker.io"),
        ] {
            let config = format!(r#"{{"auths":{{"{key}":{{"auth":"{auth}"}}}}}}"#);
            assert_eq!(of(&config, host).await.unwrap(), Some(someone()), "{key}");
            assert_eq!(of(&config, "other.example").await.unwrap(), None);
        }
        let token = r#"{"auths":{"h.example":{"identitytoken":"t","auth":""}}}"#;
        assert_eq!(of(token, "h.example").await.unwrap(), Some(Login::Identity { token: "t".into() }));
        assert_eq!(format!("{:?}", someone()), "[redacted]");
    }

    #[tokio::test]
    async fn a_broken_file_is_told_without_its_content() {
        let error = of(r#"{"auths":{"h":{"auth":5, "secret"}}"#, "h").await.unwrap_err().to_string();
        assert!(error.contains("line 1") && !error.contains("secret"), "{error}");
        let error = of(r#"{"auths":{"h":{"auth":"c2VjcmV0"}}}"#, "h").await.unwrap_err().to_string();
        assert!(error.contains("base64") && !error.contains("secret"), "{error}");
        assert_eq!(Credentials::in_folder("/nowhere".into()).of("h").await, Ok(None));
    }

    #[tokio::test]
    async fn a_helper_that_is_not_there_is_an_error_and_a_path_is_no_name() {
        for (name, word) in [("poco-test-none", "cannot be run"), ("../evil", "named")] {
            let error = of(&format!(r#"{{"credsStore":"{name}"}}"#), "h").await.unwrap_err().to_string();
            assert!(error.contains(word), "{error}");
        }
    }
}

//! Rules about the inputs' addresses.

use super::Lint;
use super::Severity::{Error, Note, Warning};
use super::draft::{Draft, Form, Text};
use crate::dapp::{DappError, location};
use crate::inputs::name_from_url;
use crate::poco::Fault;
use crate::reach::reserved;
use std::collections::BTreeMap;
use url::{Host, Url};

pub(super) const EMPTY_DIRINURI: &str = "empty-dirinuri";
pub(super) const NOT_FETCHED: &str = "not-fetched";
pub(super) const PRIVATE_HOST: &str = "private-host";
pub(super) const PLAIN_HTTP: &str = "plain-http";
pub(super) const NO_NAME: &str = "no-name";
pub(super) const SAME_NAME: &str = "same-name";
pub(super) const NOT_NAMED: &str = "not-named";

struct Address {
    url: Url,
    says: String,
    path: Vec<String>,
}

impl Address {
    fn lint(
        &self,
        draft: &Draft<'_>,
        kind: (&'static str, super::Severity),
        message: String,
        mend: &str,
    ) -> Lint {
        draft.within(&Text { says: &self.says, path: self.path.clone() }, 0, kind, message, mend)
    }
}

fn addresses(draft: &Draft<'_>) -> Vec<Address> {
    let read =
        |(says, path): (String, _)| Some(Address { url: location::input_url(&says).ok()?, says, path });
    draft.inputs().into_iter().filter_map(read).collect()
}

/// An address that is there and says nothing.
pub(super) fn empty_dirinuri(draft: &Draft<'_>) -> Vec<Lint> {
    let alone = |path: &[String]| path.last().is_some_and(|step| step == "dirinuri");
    let empty = draft.inputs().into_iter().filter(|(url, path)| url.trim().is_empty() && alone(path));
    empty
        .map(|(says, path)| {
            let message =
                "an empty address counts as none here; the workers of 2018 never started such an order"
                    .to_owned();
            draft.within(
                &Text { says: &says, path },
                0,
                (EMPTY_DIRINURI, Warning),
                message,
                "leave the key out.",
            )
        })
        .collect()
}

/// An address that no worker fetches.
pub(super) fn not_fetched(draft: &Draft<'_>) -> Vec<Lint> {
    let bad = |(says, path): (String, Vec<String>)| {
        let blank = says.trim().is_empty() && path.last().is_some_and(|step| step == "dirinuri");
        let error: DappError = location::input_url(&says).err().filter(|_| !blank)?;
        let text = Text { says: &says, path };
        let lint = draft.within(&text, 0, (NOT_FETCHED, Error), error.to_string(), &error.help());
        Some(Lint { code: Some(error.code()), ..lint })
    };
    draft.inputs().into_iter().filter_map(bad).collect()
}

/// What keeps a host from being one of the open internet.
fn private(url: &Url) -> Option<String> {
    match url.host()? {
        Host::Ipv4(ip) => reserved(ip.into()).map(|what| what.to_string()),
        Host::Ipv6(ip) => reserved(ip.into()).map(|what| what.to_string()),
        Host::Domain(name) => {
            let name = name.trim_end_matches('.');
            let local = [".localhost", ".local", ".internal"].iter().any(|end| name.ends_with(end));
            (local || !name.contains('.')).then(|| "known on this machine or this network only".to_owned())
        }
    }
}

/// A host that a worker elsewhere cannot reach, and that none will ask.
pub(super) fn private_host(draft: &Draft<'_>) -> Vec<Lint> {
    let found = addresses(draft).into_iter().filter_map(|address| Some((private(&address.url)?, address)));
    found
        .map(|(what, address)| {
            let host = address.url.host_str().unwrap_or_default();
            let message = format!("the host `{host}` is {what}: a worker elsewhere refuses it");
            let mend =
                "publish the file where all can reach it; on a devnet of your own this is as it should be.";
            address.lint(draft, (PRIVATE_HOST, Warning), message, mend)
        })
        .collect()
}

/// An address whose answer anyone on the way can change.
pub(super) fn plain_http(draft: &Draft<'_>) -> Vec<Lint> {
    let plain = |address: &Address| address.url.scheme() == "http" && private(&address.url).is_none();
    let found = addresses(draft).into_iter().filter(plain);
    found
        .map(|address| {
            let message =
                "nothing protects this file on its way, so two workers may get two files".to_owned();
            address.lint(draft, (PLAIN_HTTP, Note), message, "use https.")
        })
        .collect()
}

/// Under the classic contract an input lands under the last part of its address.
fn named(draft: &Draft<'_>) -> Vec<(Address, Option<String>)> {
    let classic = |address: &Address| address.path.iter().any(|step| step == "dirinuri");
    let all = addresses(draft).into_iter().filter(classic);
    all.map(|address| {
        let name = name_from_url(&address.url).ok();
        (address, name)
    })
    .collect()
}

/// An address without a name at its end.
pub(super) fn no_name(draft: &Draft<'_>) -> Vec<Lint> {
    let found = named(draft).into_iter().filter(|(_, name)| name.is_none());
    found
        .map(|(address, _)| {
            let message =
                "the address does not end with a file's name, and the file is called by it in /iexec"
                    .to_owned();
            let mend =
                "write an address that ends with the file's name; what stands after `?` does not count.";
            let lint = address.lint(draft, (NO_NAME, Error), message, mend);
            Lint { code: name_from_url(&address.url).err().map(|error| error.code()), ..lint }
        })
        .collect()
}

/// Two inputs for one name.
pub(super) fn same_name(draft: &Draft<'_>) -> Vec<Lint> {
    let mut seen: BTreeMap<String, String> = BTreeMap::new();
    let mut found = Vec::new();
    for (address, name) in named(draft) {
        let Some(name) = name else { continue };
        if let Some(first) = seen.insert(name.clone(), address.says.clone()) {
            let message = format!("two inputs are called `{name}` in /iexec; the other is {first}");
            let mend = "rename one of the files; nothing is ever overwritten.";
            found.push(address.lint(draft, (SAME_NAME, Warning), message, mend));
        }
    }
    found
}

/// Paths in the command line, none of which is the input's.
pub(super) fn not_named(draft: &Draft<'_>) -> Vec<Lint> {
    let Some((line, Form::Classic, _)) = draft.command() else { return Vec::new() };
    let all = named(draft);
    let [(address, Some(name))] = all.as_slice() else { return Vec::new() };
    let archive = [".zip", ".ZIP"].iter().any(|end| name.ends_with(end));
    if archive || !line.contains("iexec/") || line.contains(name.as_str()) {
        return Vec::new();
    }
    let message =
        format!("the input lands at /iexec/{name}, and the command line names other paths of /iexec only");
    let mend = "check the spelling of both; a zip is unpacked, any other file keeps its name.";
    vec![address.lint(draft, (NOT_NAMED, Note), message, mend)]
}

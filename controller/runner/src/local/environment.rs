//! What every command of a run finds around it.

use std::collections::BTreeMap;
use std::path::Path;

use serde_json::Value;

/// Of the program's own environment, what commands get: where programs are, how texts and times are written, and how others are reached.
const INHERITED: [&str; 14] = [
    "PATH",
    "LANG",
    "LC_ALL",
    "TZ",
    "HTTP_PROXY",
    "HTTPS_PROXY",
    "NO_PROXY",
    "http_proxy",
    "https_proxy",
    "no_proxy",
    "SSL_CERT_FILE",
    "SSL_CERT_DIR",
    "NODE_EXTRA_CA_CERTS",
    "GIT_SSL_CAINFO",
];

/// What every command of a run has in its environment.
#[derive(Clone, Debug)]
pub(crate) struct Environment(BTreeMap<String, String>);

/// Of this program's environment, what is inherited always, and what is asked for besides.
pub(super) fn inherited(further: &[String]) -> BTreeMap<String, String> {
    let names = INHERITED.into_iter().chain(further.iter().map(String::as_str));
    names.filter_map(|name| Some((name.to_owned(), std::env::var(name).ok()?))).collect()
}

impl Environment {
    pub(crate) const fn new(variables: BTreeMap<String, String>) -> Self {
        Self(variables)
    }

    pub(crate) fn with(mut self, name: &str, value: impl Into<String>) -> Self {
        self.0.insert(name.to_owned(), value.into());
        self
    }

    pub(crate) fn with_path(self, name: &str, path: &Path) -> Self {
        self.with(name, path.to_string_lossy())
    }

    /// As a stage gives them: texts, and numbers and booleans as theirs.
    pub(crate) fn with_all(mut self, values: &BTreeMap<String, Value>) -> Self {
        let text = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        self.0.extend(values.iter().map(|(name, value)| (name.clone(), text(value))));
        self
    }

    pub(crate) fn into_map(self) -> BTreeMap<String, String> {
        self.0
    }
}

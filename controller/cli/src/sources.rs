//! Metric stores that a command line names: those of a file, or a Prometheus by its address.

use std::path::{Path, PathBuf};

use anyhow::Result;
use weir_controller::sources::http::{HttpAsker, Retry};
use weir_controller::sources::{Credentials, Prometheus, Served, Sources, file};

use crate::Misconfigured;

/// What a command line names.
pub(crate) struct Named<'a> {
    /// Address of a Prometheus.
    pub(crate) prometheus: Option<&'a str>,
    /// Files with what it asks for.
    pub(crate) token_file: Option<&'a PathBuf>,
    pub(crate) basic_auth_file: Option<&'a PathBuf>,
    /// A file of sources.
    pub(crate) sources: Option<&'a Path>,
}

/// Those of the file, or the one Prometheus.
pub(crate) fn open(named: &Named<'_>, retry: Retry) -> Result<Sources> {
    let Named { prometheus, token_file, basic_auth_file, sources } = named;
    if let Some(path) = sources {
        return Ok(file::load(path, retry).map_err(|error| Misconfigured(error.to_string()))?);
    }
    let credentials = match (token_file, basic_auth_file) {
        (Some(path), _) => credentials(path, |token| Credentials::token("Bearer", token))?,
        (None, Some(path)) => credentials(path, Credentials::basic)?,
        (None, None) => Credentials::default(),
    };
    let asker = HttpAsker::new(credentials, retry).map_err(Misconfigured)?;
    let prometheus = Served::new(Prometheus, prometheus.unwrap_or_default(), asker);
    let prometheus = prometheus.map_err(|error| Misconfigured(format!("--prometheus {error}")))?;
    Ok(Sources::default().with("prometheus", "prometheus", prometheus))
}

fn credentials<E: std::fmt::Display>(
    path: &Path,
    of: impl Fn(&str) -> Result<Credentials, E>,
) -> Result<Credentials> {
    let at = |what: String| Misconfigured(format!("{}: {what}", path.display()));
    let text = std::fs::read_to_string(path).map_err(|error| at(format!("cannot be read: {error}")))?;
    Ok(of(&text).map_err(|error| at(error.to_string()))?)
}

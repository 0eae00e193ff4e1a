//! A request that somebody describes, so that its decision can be explained.

use std::net::{IpAddr, Ipv4Addr};

use super::{Explanation, explain_over};
use crate::head::Head;
use crate::table::Table;
use crate::target::{self, Policy};

/// A request as the rules see it: host and path are normalised.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Request {
    /// Its method.
    pub method: String,
    /// Whether it comes by TLS.
    pub is_https: bool,
    /// Host, normalised; empty: none, which asks for the routes of every host.
    pub host: String,
    /// Path, normalised.
    pub path: String,
    /// What stands behind the question mark.
    pub query: Option<String>,
    /// Names in lower case, and values.
    pub headers: Vec<(String, String)>,
    /// Where it comes from.
    pub client: IpAddr,
}

/// `GET /` from this machine, of no host.
impl Default for Request {
    fn default() -> Self {
        Self {
            method: "GET".to_owned(),
            is_https: false,
            host: String::new(),
            path: "/".to_owned(),
            query: None,
            headers: Vec::new(),
            client: IpAddr::V4(Ipv4Addr::LOCALHOST),
        }
    }
}

impl Request {
    /// For this host, as a client writes it. What is wrong with it is said with its name in front.
    pub fn to_host(mut self, host: &str) -> Result<Self, String> {
        if !host.is_empty() {
            self.host = target::host(host.as_bytes()).map_err(|error| format!("host: {error}"))?.into_owned();
        }
        Ok(self)
    }

    /// For this path and query, as a client writes them.
    pub fn to_path(mut self, path: &str) -> Result<Self, String> {
        let target = target::normalise(path.as_bytes(), &Policy::default())
            .map_err(|error| format!("path: {error}"))?;
        self.path = target.path.into_owned();
        self.query = target.query.map(std::borrow::Cow::into_owned);
        Ok(self)
    }

    /// With a field, written as `Name: Value`.
    pub fn with_header(mut self, header: &str) -> Result<Self, String> {
        let (name, value) =
            header.split_once(':').ok_or_else(|| format!("header: {header:?} is not Name: Value"))?;
        self.headers.push((name.trim().to_ascii_lowercase(), value.trim().to_owned()));
        Ok(self)
    }

    /// Where it goes, and why.
    #[must_use]
    pub fn explain(&self, table: &Table) -> Explanation {
        let Self { method, is_https, host, path, query, headers, client } = self;
        let head = Head { method, host, path, query: query.as_deref(), headers, client: *client };
        explain_over(table, &head, *is_https)
    }
}

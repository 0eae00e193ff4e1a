//! What a run does: targets, requests, pace, connections. Everything is settled here before the first packet.

use std::{num::NonZeroUsize, path::PathBuf, str::FromStr, time::Duration};

use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, Method, Uri, header, uri::Authority};

use crate::arrivals::Schedule;

/// A URL and how often it is chosen, compared with the others.
#[derive(Debug, Clone, PartialEq)]
pub struct Target {
    /// `http://` or `https://`, with host.
    pub url: Uri,
    /// Relative; only the proportions count.
    pub weight: f64,
}

impl FromStr for Target {
    type Err = PlanError;

    /// `URL`, or `WEIGHT:URL` such as `70%:http://…` or `3:http://…`.
    fn from_str(text: &str) -> Result<Self, PlanError> {
        let refused = || PlanError::Url(text.to_owned());
        let weighted = text.split_once(':').and_then(|(weight, url)| {
            let weight: f64 = weight.strip_suffix('%').unwrap_or(weight).parse().ok()?;
            Some((weight, url))
        });
        let (weight, url) = weighted.unwrap_or((1.0, text));
        let url: Uri = url.parse().map_err(|_| refused())?;
        let known = matches!(url.scheme_str(), Some("http" | "https"));
        if known && url.host().is_some_and(|host| !host.is_empty()) && weight.is_finite() && weight >= 0.0 {
            Ok(Self { url, weight })
        } else {
            Err(refused())
        }
    }
}

/// A header whose value differs between requests, chosen evenly and by the seed.
#[derive(Debug, Clone, PartialEq)]
pub struct Variation {
    /// Its name.
    pub name: HeaderName,
    /// One of these for each request.
    pub values: Vec<HeaderValue>,
}

impl Variation {
    /// A cookie of `users` simulated users: `NAME=user-0` and so on.
    pub fn user_cookie(name: &str, users: usize) -> Result<Self, PlanError> {
        let value = |user| HeaderValue::from_str(&format!("{name}=user-{user}"));
        let values = (0..users).map(value).collect::<Result<Vec<_>, _>>();
        match values {
            Ok(values) if !values.is_empty() && !name.is_empty() => Ok(Self { name: header::COOKIE, values }),
            _ => Err(PlanError::Users(name.to_owned())),
        }
    }
}

impl FromStr for Variation {
    type Err = PlanError;

    /// `NAME=VALUE,VALUE,…`
    fn from_str(text: &str) -> Result<Self, PlanError> {
        let refused = || PlanError::Variation(text.to_owned());
        let (name, values) = text.split_once('=').ok_or_else(refused)?;
        let name = name.parse().map_err(|_| refused())?;
        let values =
            values.split(',').map(HeaderValue::from_str).collect::<Result<_, _>>().map_err(|_| refused())?;
        Ok(Self { name, values })
    }
}

/// The protocol spoken; HTTP/2 by prior knowledge on plain connections.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Protocol {
    /// HTTP/1.1 with keep-alive, one request at a time on a connection.
    Http1,
    /// HTTP/2, many requests at a time on a connection.
    Http2 {
        /// Requests at a time on one connection.
        streams: NonZeroUsize,
    },
}

/// How `https` servers are trusted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Trust {
    /// Plain `http` only.
    None,
    /// By the authorities in this PEM file.
    Authorities(PathBuf),
    /// Any certificate.
    Anyone,
}

/// What decides when the next request is sent.
#[derive(Debug, Clone, PartialEq)]
pub enum Pace {
    /// The clock, whatever the server does.
    Open {
        /// When requests are due.
        schedule: Schedule,
        /// Requests due and not finished, at most; beyond it they are counted as unsent.
        max_in_flight: NonZeroUsize,
        /// Connections; `None`: as many as are needed at the time, up to `max_in_flight`.
        connections: Option<NonZeroUsize>,
    },
    /// The previous answer on the same connection: as fast as the server allows.
    Closed {
        /// Connections, or for HTTP/2 requests at a time.
        lanes: NonZeroUsize,
        /// Exactly this many; `None`: until the duration is over.
        requests: Option<u64>,
        /// No request starts later than this.
        duration: Option<Duration>,
    },
}

/// A whole run.
#[derive(Debug, Clone, PartialEq)]
pub struct Plan {
    /// At least one; all with the same scheme and address unless `connect` is set.
    pub targets: Vec<Target>,
    /// Connect here (`host:port`) whatever the URLs say.
    pub connect: Option<String>,
    /// Sent as Host or `:authority` instead of the URL's.
    pub host: Option<Authority>,
    /// Method of all requests.
    pub method: Method,
    /// Headers of all requests.
    pub headers: HeaderMap,
    /// Headers that differ between requests.
    pub variations: Vec<Variation>,
    /// Body of all requests.
    pub body: Bytes,
    /// Protocol of all connections.
    pub protocol: Protocol,
    /// For `https`.
    pub trust: Trust,
    /// When requests are sent.
    pub pace: Pace,
    /// For one request, from its intended start to the last byte of its answer.
    pub timeout: Duration,
    /// Response header by whose value results are also reported apart.
    pub group_by: Option<HeaderName>,
    /// Threads.
    pub workers: NonZeroUsize,
    /// Fixes which request is made with which target and variation.
    pub seed: u64,
}

impl Plan {
    /// GET of `url` over HTTP/1.1 at the given pace; the fields can be changed from there.
    pub fn new(url: &str, pace: Pace) -> Result<Self, PlanError> {
        Ok(Self {
            targets: vec![url.parse()?],
            connect: None,
            host: None,
            method: Method::GET,
            headers: HeaderMap::new(),
            variations: Vec::new(),
            body: Bytes::new(),
            protocol: Protocol::Http1,
            trust: Trust::None,
            pace,
            timeout: Duration::from_secs(10),
            group_by: None,
            workers: NonZeroUsize::MIN,
            seed: 1,
        })
    }
}

/// Why a plan cannot be run. Nothing has been sent.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum PlanError {
    /// A target that is none.
    #[error(
        "\"{0}\" is not a target: write http://HOST[:PORT]/PATH or https://…, with a weight in front if wanted, such as 70%:http://…"
    )]
    Url(String),
    /// No target, or only targets of weight 0.
    #[error("no target has a weight above 0")]
    NoTarget,
    /// Targets at several addresses.
    #[error(
        "targets at {0} and {1}: one run has one address; give --connect HOST:PORT to send all of them there"
    )]
    Addresses(String, String),
    /// Not `NAME=VALUE,VALUE`.
    #[error("\"{0}\" is not a header that varies: write NAME=VALUE,VALUE, such as x-region=eu,us")]
    Variation(String),
    /// A cookie name that is none, or no users.
    #[error(
        "\"{0}\" cannot be the cookie of simulated users: its name must be a token, and there must be at least one user"
    )]
    Users(String),
    /// A plain run where `https` was asked for.
    #[error("https needs --ca FILE, or --insecure to trust any certificate")]
    Trust,
    /// An address without a port.
    #[error("\"{0}\" is not HOST:PORT")]
    Connect(String),
}

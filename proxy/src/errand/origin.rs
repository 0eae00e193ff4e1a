//! Where an errand goes: scheme, host and port of a URL.

use std::fmt;
use std::net::SocketAddr;

use crate::scheme::Scheme;

/// Scheme, host and port.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Origin {
    pub(crate) scheme: Scheme,
    /// In lower case; an IPv6 address without brackets.
    pub(crate) host: Box<str>,
    pub(crate) port: u16,
}

/// A text that is no origin.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("it is not a scheme, http or https, with a host and perhaps a port")]
pub(crate) struct InvalidOrigin;

impl Origin {
    /// Of a scheme and an authority, such as `https` and `auth.example:8443`.
    pub(crate) fn new(scheme: &str, authority: &str) -> Result<Self, InvalidOrigin> {
        let scheme = match scheme {
            "http" => Scheme::Http,
            "https" => Scheme::Https,
            _ => return Err(InvalidOrigin),
        };
        let authority: http::uri::Authority = authority.parse().map_err(|_| InvalidOrigin)?;
        let port = match authority.as_str().strip_prefix(authority.host()).ok_or(InvalidOrigin)? {
            "" => default_port(scheme),
            port => port.strip_prefix(':').and_then(|port| port.parse().ok()).ok_or(InvalidOrigin)?,
        };
        let host = authority.host().trim_start_matches('[').trim_end_matches(']');
        if host.is_empty() {
            return Err(InvalidOrigin);
        }
        Ok(Self { scheme, host: host.to_ascii_lowercase().into(), port })
    }

    /// An address, in clear text.
    pub(crate) fn of(address: SocketAddr) -> Self {
        Self { scheme: Scheme::Http, host: address.ip().to_string().into(), port: address.port() }
    }

    /// As a `Host` has it: without the port that its scheme has anyway.
    pub(crate) fn authority(&self) -> String {
        let Self { scheme, host, port } = self;
        let host = if host.contains(':') { format!("[{host}]") } else { host.to_string() };
        if *port == default_port(*scheme) { host } else { format!("{host}:{port}") }
    }
}

fn default_port(scheme: Scheme) -> u16 {
    match scheme {
        Scheme::Http => 80,
        Scheme::Https => 443,
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}://{}", self.scheme.as_str(), self.authority())
    }
}

#[cfg(test)]
mod tests {
    use super::Origin;

    #[test]
    fn an_origin_is_scheme_host_and_port() {
        for (scheme, authority, expected) in [
            ("http", "auth.example", Some("http://auth.example")),
            ("http", "Auth.Example:80", Some("http://auth.example")),
            ("https", "auth.example:80", Some("https://auth.example:80")),
            ("https", "auth.example:443", Some("https://auth.example")),
            ("http", "[::1]:4180", Some("http://[::1]:4180")),
            ("http", "127.0.0.1:4180", Some("http://127.0.0.1:4180")),
            ("ftp", "auth.example", None),
            ("http", "", None),
            ("http", ":80", None),
            ("http", "auth.example:", None),
            ("http", "auth.example:65536", None),
            ("http", "user@auth.example", None),
            ("http", "a b", None),
            ("http", "a/b", None),
        ] {
            let origin = Origin::new(scheme, authority).ok().map(|origin| origin.to_string());
            assert_eq!(origin.as_deref(), expected, "{scheme} {authority}");
        }
    }
}

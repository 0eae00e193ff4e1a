//! `enable-cors` and `cors-*`: which pages of other origins may use a route, as ingress-nginx says it.
//!
//! Its fields take the place of the upstream's of the same name, whatever the answer is. A page that may not use the route gets no field at all, and
//! its preflight goes to the upstream like any other request.

use serde::Serialize;

/// Which pages of other origins may use a route, and how.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Cors {
    /// Origins that may; none: every one.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub origins: Vec<Origin>,
    /// Value of `Access-Control-Allow-Methods`.
    pub methods: String,
    /// Value of `Access-Control-Allow-Headers`.
    pub headers: String,
    /// Value of `Access-Control-Expose-Headers`; empty: none.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub expose: String,
    /// Whether pages may send what they know their users by.
    pub credentials: bool,
    /// Value of `Access-Control-Max-Age`, seconds.
    pub max_age: String,
}

impl Default for Cors {
    /// As ingress-nginx has it.
    fn default() -> Self {
        Self {
            origins: Vec::new(),
            methods: "GET, PUT, POST, DELETE, PATCH, OPTIONS".to_owned(),
            headers: "DNT,Keep-Alive,User-Agent,X-Requested-With,If-Modified-Since,Cache-Control,Content-Type,Range,Authorization"
                .to_owned(),
            expose: String::new(),
            credentials: true,
            max_age: "1728000".to_owned(),
        }
    }
}

/// An origin, such as `https://shop.example`, or `https://*.shop.example:8443` for every host one label below.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct Origin(String);

/// A text that is no origin.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is not an origin: write https://shop.example, https://*.shop.example:8443 or *")]
pub struct InvalidOrigin(pub String);

impl Origin {
    /// Reads scheme, host and perhaps a port.
    pub fn parse(text: &str) -> Result<Self, InvalidOrigin> {
        let parts = || {
            let (scheme, rest) = text.split_once("://")?;
            let (host, port) = rest.rsplit_once(':').map_or((rest, None), |(host, port)| (host, Some(port)));
            let host = host.strip_prefix("*.").unwrap_or(host);
            let is_scheme = !scheme.is_empty() && scheme.bytes().all(|b| b.is_ascii_alphabetic());
            let is_host =
                !host.is_empty() && host.bytes().all(|b| b.is_ascii_alphanumeric() || b"-._".contains(&b));
            let is_port =
                port.is_none_or(|port| !port.is_empty() && port.bytes().all(|b| b.is_ascii_digit()));
            (is_scheme && is_host && is_port).then_some(())
        };
        parts().ok_or_else(|| InvalidOrigin(text.to_owned()))?;
        Ok(Self(text.to_owned()))
    }

    /// Whether it is, or stands for, the origin of a request. Without case; the whole of it, although ingress-nginx compares only its end.
    #[must_use]
    pub fn is(&self, origin: &[u8]) -> bool {
        let Some((before, after)) = self.0.split_once('*') else {
            return origin.eq_ignore_ascii_case(self.0.as_bytes());
        };
        let label = origin.split_at_checked(before.len()).and_then(|(start, rest)| {
            let (label, end) = rest.split_at_checked(rest.len().checked_sub(after.len())?)?;
            let is_around =
                start.eq_ignore_ascii_case(before.as_bytes()) && end.eq_ignore_ascii_case(after.as_bytes());
            is_around.then_some(label)
        });
        label.is_some_and(|label| {
            !label.is_empty() && label.iter().all(|b| b.is_ascii_alphanumeric() || *b == b'-')
        })
    }
}

/// What a page is told that may use a route.
#[derive(Clone, Copy, Debug)]
pub struct Grant<'c> {
    cors: &'c Cors,
    /// Value of `Access-Control-Allow-Origin`.
    origin: &'c [u8],
}

impl Cors {
    /// What whoever sent this `Origin` is told; `None`: nothing. Where every origin may, it is told those as well that send none.
    #[must_use]
    pub fn grant<'c>(&'c self, origin: Option<&'c [u8]>) -> Option<Grant<'c>> {
        if self.origins.is_empty() {
            return Some(Grant { cors: self, origin: b"*" });
        }
        let origin = origin?;
        self.origins.iter().any(|known| known.is(origin)).then_some(Grant { cors: self, origin })
    }
}

impl Grant<'_> {
    /// Value of `Access-Control-Allow-Origin`.
    #[must_use]
    pub fn origin(&self) -> &[u8] {
        self.origin
    }

    /// Shows every field of the answer.
    pub fn fields(&self, mut show: impl FnMut(&'static str, &[u8])) {
        let Cors { origins: _, methods, headers, expose, credentials, max_age } = self.cors;
        show("access-control-allow-origin", self.origin);
        if *credentials {
            show("access-control-allow-credentials", b"true");
        }
        show("access-control-allow-methods", methods.as_bytes());
        show("access-control-allow-headers", headers.as_bytes());
        if !expose.is_empty() {
            show("access-control-expose-headers", expose.as_bytes());
        }
        show("access-control-max-age", max_age.as_bytes());
    }

    /// Whether a field of the upstream's gives way to one of these.
    #[must_use]
    pub fn replaces(&self, name: &[u8]) -> bool {
        let mut replaces = false;
        self.fields(|known, _| replaces |= name.eq_ignore_ascii_case(known.as_bytes()));
        replaces
    }
}

#[cfg(test)]
mod tests {
    use super::Origin;

    #[test]
    fn an_origin_stands_for_itself_and_a_star_for_one_label() {
        for (written, sent, expected) in [
            ("https://shop.example", "https://shop.example", true),
            ("https://shop.example", "HTTPS://Shop.Example", true),
            ("https://shop.example", "http://shop.example", false),
            ("https://shop.example", "https://shop.example:8443", false),
            ("https://shop.example:8443", "https://shop.example:8443", true),
            ("https://shop.example", "https://evil.example/https://shop.example", false),
            ("https://*.shop.example", "https://a-1.shop.example", true),
            ("https://*.shop.example", "https://a.b.shop.example", false),
            ("https://*.shop.example", "https://.shop.example", false),
            ("https://*.shop.example", "https://shop.example", false),
            ("https://*.shop.example:81", "https://a.shop.example:81", true),
            ("https://*.shop.example", "https://a.shop.example:81", false),
            ("https://*.x", "https://", false),
        ] {
            assert_eq!(Origin::parse(written).unwrap().is(sent.as_bytes()), expected, "{written} {sent}");
        }
        for bad in
            ["shop.example", "*", "https://", "https://a:", "https://a/b", "https://a*.b", "x y://a", ""]
        {
            assert!(Origin::parse(bad).is_err(), "{bad}");
        }
    }
}

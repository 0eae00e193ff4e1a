//! `auth-url` and what belongs to it: another server that is asked about every request.

use serde::{Serialize, Serializer};

use super::cache::Cache;
use crate::variables::{Facts, Text, UnknownVariable};

/// A server that is asked about every request, and what is made of its answers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct External {
    /// Where it is asked.
    pub url: Url,
    /// Method of the question.
    pub method: Box<str>,
    /// Where clients are sent that it does not know.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub signin: Option<Signin>,
    /// Fields of its answer that the upstream gets, in lower case. A client's own never pass.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub response_headers: Vec<Box<str>>,
    /// What it is told in `X-Auth-Request-Redirect`; none: path and query.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub redirect: Option<Text>,
    /// Whether its cookies are set whatever the answer to the client is.
    pub always_sets_cookie: bool,
    /// Which of its answers are remembered.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cache: Option<Cache>,
}

/// Fields that a server is told when it is asked (`auth-proxy-set-headers`); an empty one takes the client's away.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct QuestionFields(pub Box<[(Box<str>, Text)]>);

impl Serialize for QuestionFields {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.0.iter().map(|(name, _)| name))
    }
}

/// A URL with variables.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Url {
    scheme: &'static str,
    authority: Text,
    target: Text,
}

/// A text that is no such URL.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidUrl {
    /// No scheme.
    #[error("{0:?} is not a URL: write it as in https://auth.example/verify")]
    Form(String),
    /// No host.
    #[error("{0:?} is not a host with perhaps a port, such as auth.example:8443")]
    Authority(String),
    /// A user, and perhaps a password.
    #[error("whoever may read Ingresses could read the user and password in it: leave them out")]
    User,
    /// The client would choose who is asked.
    #[error(
        "whoever sends a request would choose the host that is asked about it: use no other variable in {0:?} than $host, $namespace, \
         $ingress_name, $service_name and $service_port"
    )]
    Chosen(String),
    /// No variable.
    #[error(transparent)]
    Variable(#[from] UnknownVariable),
}

impl Url {
    /// Reads a URL.
    pub fn parse(text: &str) -> Result<Self, InvalidUrl> {
        let form = || InvalidUrl::Form(without_query(text).to_owned());
        if text.split(['/', '?']).nth(2).is_some_and(|authority| authority.contains('@')) {
            return Err(InvalidUrl::User);
        }
        let schemes = [("http://", "http"), ("https://", "https")];
        let known = schemes.iter().find_map(|(start, scheme)| Some((*scheme, text.strip_prefix(start)?)));
        let (scheme, rest) = known.ok_or_else(form)?;
        if text.contains('#') || !text.bytes().all(|b| b.is_ascii_graphic() && !b"\"<>\\^`".contains(&b)) {
            return Err(form());
        }
        let (authority, target) = rest.split_at(rest.find(['/', '?']).unwrap_or(rest.len()));
        let is_part = |b: u8| b.is_ascii_alphanumeric() || b"-._:[]${}".contains(&b);
        if authority.is_empty() || authority.starts_with(':') || !authority.bytes().all(is_part) {
            return Err(InvalidUrl::Authority(authority.to_owned()));
        }
        let slash = if target.starts_with('/') { "" } else { "/" };
        let authority = Text::parse(authority)?;
        if !authority.is_of_route() {
            return Err(InvalidUrl::Chosen(authority.text().to_owned()));
        }
        Ok(Self { scheme, authority, target: Text::parse(&format!("{slash}{target}"))? })
    }

    /// `http` or `https`.
    #[must_use]
    pub fn scheme(&self) -> &'static str {
        self.scheme
    }

    /// Whether the host is the one that the request is for.
    pub(crate) fn has_host(&self) -> bool {
        self.authority.has_host()
    }

    /// Host and perhaps port for this request.
    #[must_use]
    pub fn authority(&self, facts: &Facts<'_>) -> String {
        self.authority.fill_url(facts)
    }

    /// Path and query for this request.
    #[must_use]
    pub fn target(&self, facts: &Facts<'_>) -> String {
        self.target.fill_url(facts)
    }

    /// As it was written, without the query, in which secrets may stand.
    #[must_use]
    pub fn shown(&self) -> String {
        let target = self.target.text();
        format!("{}://{}{}", self.scheme, self.authority.text(), without_query(target))
    }

    /// As it was written, to tell it from others.
    #[must_use]
    pub fn text(&self) -> [&str; 3] {
        [self.scheme, self.authority.text(), self.target.text()]
    }
}

impl Serialize for Url {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.shown())
    }
}

/// Where clients are sent that are not known, so that they become known and come back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Signin {
    url: Text,
    /// Name of the parameter that says where they come back to.
    parameter: Box<str>,
}

impl Signin {
    /// To a URL, which is added to unless it has this parameter.
    #[must_use]
    pub fn new(url: Text, parameter: &str) -> Self {
        Self { url, parameter: parameter.into() }
    }

    /// Where this request's client is sent.
    #[must_use]
    pub fn location(&self, facts: &Facts<'_>) -> String {
        let mut location = self.url.fill_url(facts);
        let query = self.url.text().split_once('?').map(|(_, query)| query);
        let is_ours =
            |pair: &str| pair.split_once('=').is_some_and(|(k, v)| *k == *self.parameter && !v.is_empty());
        if query.is_some_and(|query| query.split('&').any(is_ours)) {
            return location;
        }
        location.push_str(match query {
            None => "?",
            Some(query) if query.is_empty() || query.ends_with('&') => "",
            Some(_) => "&",
        });
        let back = [&*self.parameter, "=", facts.scheme(), "://", facts.authority, &facts.escaped_target()];
        location.extend(back);
        location
    }
}

impl Serialize for Signin {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(without_query(self.url.text()))
    }
}

/// A URL without the part in which secrets may stand.
fn without_query(url: &str) -> &str {
    url.split('?').next().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::Url;

    #[test]
    fn a_url_has_a_scheme_and_a_host_that_no_client_chooses() {
        for (text, expected) in [
            ("http://auth", Ok("http://auth/")),
            ("https://$host/oauth2/auth?secret=1", Ok("https://$host/oauth2/auth")),
            ("http://auth.$namespace.svc:4180?x=$http_x", Ok("http://auth.$namespace.svc:4180/")),
            ("http://[::1]:81/a", Ok("http://[::1]:81/a")),
            ("auth.example/verify", Err("is not a URL: write it as in https://auth.example/verify")),
            ("ftp://auth.example", Err("is not a URL")),
            ("http://", Err("is not a host")),
            ("http:///verify", Err("is not a host")),
            ("http://:80/", Err("is not a host")),
            ("http://me:secret@auth/", Err("leave them out")),
            ("http://me@auth", Err("leave them out")),
            ("http://auth/?mail=a@b", Ok("http://auth/")),
            ("http://auth/ x", Err("is not a URL")),
            ("http://auth/#x", Err("is not a URL")),
            ("http://$http_host/", Err("would choose the host")),
            ("http://$http_x.example/", Err("would choose the host")),
            ("http://auth/$no", Err("$no is not supported: the variables are $host")),
        ] {
            match (Url::parse(text), expected) {
                (Ok(url), Ok(shown)) => assert_eq!(url.shown(), shown),
                (Err(error), Err(said)) => assert!(error.to_string().contains(said), "{error}"),
                (other, _) => panic!("{text}: {other:?}"),
            }
        }
    }
}

//! `auth-url` and what belongs to it, and `satisfy`. What cannot be read closes the Ingress, because it would let somebody in.

use std::sync::Arc;

use k8s_openapi::api::networking::v1::Ingress;
use weir_api::names::is_token;

use super::value::{flag, ignored, is_plain, second_of};
use super::{Asked, Fault};
use crate::named::key_in;
use crate::policy::{Cache, External, Rules, Signin, Times, Url};
use crate::variables::Text;

/// The parameter of `auth-signin` that says where clients come back to.
const PARAMETER: &str = "rd";

/// The annotations as they were read.
#[derive(Debug, Default)]
pub(super) struct Wanted {
    url: Option<Url>,
    method: Option<Box<str>>,
    signin: Option<Text>,
    parameter: Option<Box<str>>,
    response_headers: Vec<Box<str>>,
    redirect: Option<Text>,
    always_sets_cookie: bool,
    cache_key: Option<Text>,
    cache_times: Option<Times>,
    /// There is one, although it may be none that can be read.
    has_url: bool,
    /// One of those that say nothing without a URL.
    dangling: Option<&'static str>,
}

/// Methods that a question may have.
const METHODS: [&str; 7] = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"];

/// Fields that the proxy says itself, or that are about a message or a connection: no answer to a question may set them.
const RESERVED: [&str; 20] = [
    "connection",
    "content-length",
    "content-encoding",
    "expect",
    "forwarded",
    "host",
    "http2-settings",
    "keep-alive",
    "proxy-connection",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
    "x-forwarded-for",
    "x-forwarded-host",
    "x-forwarded-port",
    "x-forwarded-prefix",
    "x-forwarded-proto",
    "x-real-ip",
    "x-request-id",
];

fn closes(error: &impl ToString) -> Fault {
    Fault::Closes(error.to_string())
}

pub(super) fn url(asked: &mut Asked, value: &str) -> Result<(), Fault> {
    asked.external.has_url = true;
    asked.external.url = Some(Url::parse(value).map_err(|error| closes(&error))?);
    Ok(())
}

pub(super) fn method(asked: &mut Asked, value: &str) -> Result<(), Fault> {
    asked.external.dangling = Some("auth-method");
    if !METHODS.contains(&value) {
        return Err(Fault::Closes(format!("{value:?} is not one of {}", METHODS.join(", "))));
    }
    asked.external.method = Some(value.into());
    Ok(())
}

/// `auth-signin`: a URL, or a path of the same host.
pub(super) fn signin(asked: &mut Asked, value: &str) -> Result<(), Fault> {
    asked.external.dangling = Some("auth-signin");
    let starts = ["http://", "https://", "$scheme://", "$pass_access_scheme://"];
    let has_host = starts.iter().any(|start| value.strip_prefix(start).is_some_and(|rest| !rest.is_empty()));
    let is_path = value.starts_with('/') && !value.starts_with("//");
    if !(has_host || is_path) || !is_plain(value) || value.contains(['"', '\\', '<', '>']) {
        let shown = value.split('?').next().unwrap_or_default();
        let message = format!("{shown:?} is not a URL: write it as in https://$host/oauth2/start");
        return Err(Fault::Closes(message));
    }
    asked.external.signin = Some(Text::parse(value).map_err(|error| closes(&error))?);
    Ok(())
}

pub(super) fn signin_parameter(asked: &mut Asked, value: &str) -> Result<(), Fault> {
    let is_name =
        !value.is_empty() && value.bytes().all(|b| b.is_ascii_alphanumeric() || b"-._~".contains(&b));
    if !is_name {
        let message = format!("{value:?} is not the name of a parameter, such as rd");
        return Err(Fault::Ignored { message, kept: "the parameter is rd" });
    }
    asked.external.parameter = Some(value.into());
    Ok(())
}

/// `auth-response-headers`: a list of names.
pub(super) fn response_headers(asked: &mut Asked, value: &str) -> Result<(), Fault> {
    asked.external.dangling = Some("auth-response-headers");
    for name in value.split(',').map(str::trim).filter(|name| !name.is_empty()) {
        let lower = name.to_ascii_lowercase();
        if !is_token(name) {
            let message = format!("{name:?} is not the name of a header: write them as in X-User, X-Email");
            return Err(Fault::Closes(message));
        }
        if RESERVED.contains(&lower.as_str()) {
            return Err(Fault::Closes(format!(
                "{name}: only the proxy itself says this header, leave it out"
            )));
        }
        asked.external.response_headers.push(lower.into());
    }
    asked.external.response_headers.sort_unstable();
    asked.external.response_headers.dedup();
    Ok(())
}

pub(super) fn redirect(asked: &mut Asked, value: &str) -> Result<(), Fault> {
    if value.is_empty() || !value.bytes().all(|b| b.is_ascii_graphic() || b == b' ') {
        return Err(Fault::Closes(format!("{value:?} cannot stand in a header: write plain characters")));
    }
    asked.external.redirect = Some(Text::parse(value).map_err(|error| closes(&error))?);
    Ok(())
}

pub(super) fn always_set_cookie(asked: &mut Asked, value: &str) -> Result<(), Fault> {
    asked.external.always_sets_cookie = flag(value)?;
    Ok(())
}

pub(super) fn cache_key(asked: &mut Asked, value: &str) -> Result<(), Fault> {
    if value.is_empty() {
        return Err(Fault::Closes(
            "a key that says nothing is the same for everybody: write one, such as $http_cookie".to_owned(),
        ));
    }
    asked.external.cache_key = Some(Text::parse(value).map_err(|error| closes(&error))?);
    Ok(())
}

pub(super) fn cache_times(asked: &mut Asked, value: &str) -> Result<(), Fault> {
    asked.external.cache_times = Some(Times::parse(value).map_err(|error| closes(&error))?);
    Ok(())
}

/// `auth-keepalive` and its likes: connections to whoever is asked are always kept, so it is enough that it is a number.
pub(super) fn number(_: &mut Asked, value: &str) -> Result<(), Fault> {
    value.parse::<u32>().map(|_| ()).map_err(|_| ignored(format!("{value:?} is not a whole number")))
}

/// Nothing depends on it: variables are never shared with a question, and there is no global server to ask.
pub(super) fn flag_without_effect(_: &mut Asked, value: &str) -> Result<(), Fault> {
    flag(value).map(|_| ())
}

/// `auth-proxy-set-headers`: the ConfigMap of fields that whoever is asked gets.
pub(super) fn set_headers(asked: &mut Asked, value: &str) -> Result<(), Fault> {
    asked.external.dangling = Some("auth-proxy-set-headers");
    asked.settings.question_fields = Some(key_in(&asked.namespace, value).map_err(Fault::Closes)?);
    Ok(())
}

pub(super) fn satisfy(asked: &mut Asked, value: &str) -> Result<(), Fault> {
    let kept = "whoever comes in must be let in by all";
    asked.rules.satisfy_any = second_of(value, ["all", "any"], kept)?;
    Ok(())
}

impl Wanted {
    /// What holds for each request, and what is wrong with it on this Ingress.
    pub(super) fn finish(self, ingress: &Ingress, rules: &mut Rules) -> Option<(&'static str, Fault)> {
        let Self { url, method, signin, parameter, response_headers, redirect, .. } = self;
        let Some(url) = url else {
            let message = "as in ingress-nginx, it says nothing without auth-url".to_owned();
            let dangling = self.dangling.filter(|_| !self.has_url)?;
            return Some((dangling, Fault::Partly { message, kept: super::WITHOUT }));
        };
        if url.has_host() && takes_any_host(ingress) {
            let message = "whoever sends a request would choose the host that is asked about it: give every rule a host, or write \
                           the URL without $host";
            return Some(("auth-url", Fault::Closes(message.to_owned())));
        }
        let times = self.cache_times.unwrap_or_default();
        let external = External {
            url,
            method: method.unwrap_or_else(|| "GET".into()),
            signin: signin.map(|url| Signin::new(url, parameter.as_deref().unwrap_or(PARAMETER))),
            response_headers,
            redirect,
            always_sets_cookie: self.always_sets_cookie,
            cache: self.cache_key.map(|key| Cache { key, times }),
        };
        rules.external = Some(Arc::new(external));
        None
    }
}

/// Whether requests for any host come to routes of an Ingress.
fn takes_any_host(ingress: &Ingress) -> bool {
    let rules = ingress.spec.as_ref().and_then(|spec| spec.rules.as_deref()).unwrap_or_default();
    rules.is_empty() || rules.iter().any(|rule| rule.host.as_deref().is_none_or(str::is_empty))
}

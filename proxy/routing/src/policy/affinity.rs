//! `affinity: cookie`: a client stays with the endpoint that it came to first.
//!
//! The cookie's value is `ID|BACKEND`, 16 hexadecimal digits each. `BACKEND` is the Service, so that a cookie of the main Ingress's says nothing about
//! the canary's. What `ID` is depends on the mode: `balanced` hashes it with every endpoint and takes the highest (so that a further endpoint takes its
//! part of the clients, and one that goes gives up no others than its own), `persistent` names the endpoint itself. Neither is signed: whoever edits
//! it chooses among endpoints that he could come to anyway.

use std::fmt;
use std::hash::Hasher as _;
use std::net::SocketAddr;
use std::time::{Duration, SystemTime};

use serde::Serialize;
use siphasher::sip::SipHasher13;
use weir_api::Track;

use crate::backend::Backend;
use crate::cookie;
use crate::head::{Head, Headers};
use crate::split::Tracks;

/// How a client stays with an endpoint.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Affinity {
    /// Name of the cookie (`session-cookie-name`).
    pub name: String,
    /// Whether a client stays although there are more endpoints (`affinity-mode`).
    pub is_persistent: bool,
    /// Path of the cookie; none: that of the route.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub path: Option<String>,
    /// Domain of the cookie.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub domain: Option<String>,
    /// Seconds after which it ends, as a date.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expires: Option<i64>,
    /// Seconds after which it ends.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_age: Option<i64>,
    /// `None`, `Lax` or `Strict`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub same_site: Option<&'static str>,
    /// Whether it comes back over https only; none: if it is given over https.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub secure: Option<bool>,
    /// Whether a client whose endpoint failed stays with the next one.
    pub changes_on_failure: bool,
}

impl Default for Affinity {
    fn default() -> Self {
        Self {
            name: "INGRESSCOOKIE".to_owned(),
            is_persistent: false,
            path: None,
            domain: None,
            expires: None,
            max_age: None,
            same_site: None,
            secure: None,
            changes_on_failure: false,
        }
    }
}

/// What a cookie says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stuck {
    id: u64,
    backend: u64,
}

impl Stuck {
    /// A new one. `random` is a new number each time it is asked for.
    #[must_use]
    pub fn new(affinity: &Affinity, backend: &Backend, random: impl Fn() -> u64) -> Self {
        let id = match (affinity.is_persistent, u64::try_from(backend.endpoints.len())) {
            (true, Ok(count @ 1..)) => {
                let number = usize::try_from(random() % count).ok();
                number.and_then(|number| backend.endpoints.get(number)).map_or(0, name_of)
            }
            _ => random(),
        };
        Self { id, backend: key_of(backend) }
    }

    /// One that leads to this endpoint of a backend; `None` if chance does not find one.
    #[must_use]
    pub fn to(
        affinity: &Affinity,
        backend: &Backend,
        endpoint: SocketAddr,
        random: impl Fn() -> u64,
    ) -> Option<Self> {
        let key = key_of(backend);
        if affinity.is_persistent {
            return Some(Self { id: name_of(&endpoint), backend: key });
        }
        // Each try finds it with the chance of one endpoint among all.
        let mut tries =
            (0..backend.endpoints.len().saturating_mul(16)).map(|_| Self { id: random(), backend: key });
        tries.find(|stuck| {
            let found = stuck.endpoint(affinity, backend).and_then(|number| backend.endpoints.get(number));
            found == Some(&endpoint)
        })
    }

    /// Whether it is about this backend.
    #[must_use]
    pub fn is_of(&self, backend: &Backend) -> bool {
        self.backend == key_of(backend)
    }

    /// Number of the endpoint that it leads to; `None` where that is gone.
    #[must_use]
    pub fn endpoint(&self, affinity: &Affinity, backend: &Backend) -> Option<usize> {
        let mut numbered = backend.endpoints.iter().enumerate();
        if affinity.is_persistent {
            return numbered.find(|(_, endpoint)| name_of(endpoint) == self.id).map(|(number, _)| number);
        }
        numbered.max_by_key(|(_, endpoint)| hash(self.id, endpoint)).map(|(number, _)| number)
    }

    fn parse(value: &[u8]) -> Option<Self> {
        let (id, backend) = std::str::from_utf8(value).ok()?.split_once('|')?;
        let number = |text: &str| {
            let is_ours = text.len() == 16 && text.bytes().all(|b| b.is_ascii_hexdigit());
            u64::from_str_radix(text, 16).ok().filter(|_| is_ours)
        };
        Some(Self { id: number(id)?, backend: number(backend)? })
    }
}

impl Affinity {
    /// What the cookie of a request says.
    #[must_use]
    pub fn stuck(&self, headers: &dyn Headers) -> Option<Stuck> {
        Stuck::parse(cookie::find(headers, &self.name)?)
    }

    /// The track of a canary Ingress's split that the cookie of a request is about. `legacy`: the canary's is not known by any.
    pub(crate) fn track(&self, tracks: &Tracks, head: &Head<'_>) -> Option<Track> {
        let stuck = self.stuck(head.headers)?;
        let is_legacy = tracks.rule.as_ref().is_some_and(|rule| rule.is_legacy_affinity);
        let canary = Some(Track::Canary).filter(|_| !is_legacy && stuck.is_of(tracks.canary()));
        Some(Track::Stable).filter(|_| stuck.is_of(tracks.stable())).or(canary)
    }

    /// Value of a `Set-Cookie` header, at `now`. `path`: that of the route; `is_https`: the client came by TLS.
    #[must_use]
    pub fn set_cookie(&self, stuck: Stuck, path: &str, is_https: bool, now: SystemTime) -> impl fmt::Display {
        let Self { name, path: own, domain, expires, max_age, same_site, secure, .. } = self;
        fmt::from_fn(move |f| {
            let Stuck { id, backend } = stuck;
            write!(f, "{name}={id:016x}|{backend:016x}; Path={}", own.as_deref().unwrap_or(path))?;
            domain.iter().try_for_each(|domain| write!(f, "; Domain={domain}"))?;
            let date = expires.and_then(|seconds| {
                let span = Duration::from_secs(seconds.unsigned_abs());
                if seconds < 0 { now.checked_sub(span) } else { now.checked_add(span) }
            });
            // What comes before 1970 or has more than four digits is no date.
            let years = SystemTime::UNIX_EPOCH..SystemTime::UNIX_EPOCH + LAST_DATE;
            let date = date.filter(|date| years.contains(date));
            date.iter().try_for_each(|date| write!(f, "; Expires={}", httpdate::fmt_http_date(*date)))?;
            max_age.iter().try_for_each(|seconds| write!(f, "; Max-Age={seconds}"))?;
            same_site.iter().try_for_each(|value| write!(f, "; SameSite={value}"))?;
            if secure.unwrap_or(is_https) {
                f.write_str("; Secure")?;
            }
            f.write_str("; HttpOnly")
        })
    }
}

/// From 1970 to the year 9999.
const LAST_DATE: Duration = Duration::from_hours(70_380_768);

/// The number of a Service in cookies.
fn key_of(backend: &Backend) -> u64 {
    hashed(b"service", |hasher| hasher.write(backend.service.as_bytes()))
}

/// The number of an endpoint in cookies.
fn name_of(endpoint: &SocketAddr) -> u64 {
    hash(0, endpoint)
}

/// The same in every process, so that it does not matter which proxy a client comes to.
fn hash(id: u64, endpoint: &SocketAddr) -> u64 {
    hashed(b"endpoint", |hasher| {
        hasher.write(&id.to_le_bytes());
        match endpoint {
            SocketAddr::V4(v4) => hasher.write(&v4.ip().octets()),
            SocketAddr::V6(v6) => hasher.write(&v6.ip().octets()),
        }
        hasher.write(&endpoint.port().to_le_bytes());
    })
}

fn hashed(what: &[u8], write: impl FnOnce(&mut SipHasher13)) -> u64 {
    let mut hasher = SipHasher13::new();
    hasher.write(what);
    write(&mut hasher);
    hasher.finish()
}

#[cfg(test)]
mod tests {
    use std::cell::RefCell;

    use super::{Affinity, Backend, Stuck, SystemTime, Track};
    use crate::backend::Protocol;

    fn backend(endpoints: u8) -> Backend {
        Backend {
            service: "shop/web".into(),
            track: Track::Stable,
            revision: "web".into(),
            endpoints: (0..endpoints).map(|i| format!("10.0.0.{i}:80").parse().unwrap()).collect(),
            protocol: Protocol::Http1,
            tls: None,
            problem: None,
        }
    }

    fn numbers() -> impl Fn() -> u64 {
        let random = RefCell::new(crate::random::Random::new(7));
        move || random.borrow_mut().next_u64()
    }

    #[test]
    fn one_endpoint_more_takes_its_part_of_the_clients_and_no_more() {
        let (random, balanced) = (numbers(), Affinity::default());
        let persistent = Affinity { is_persistent: true, ..Affinity::default() };
        let (mut moved, mut stayed) = (0, 0);
        for _ in 0..1000 {
            let stuck = Stuck::new(&balanced, &backend(4), &random);
            let (before, after) =
                (stuck.endpoint(&balanced, &backend(4)), stuck.endpoint(&balanced, &backend(5)));
            assert!(before == after || after == Some(4));
            moved += usize::from(before != after);
            let stuck = Stuck::new(&persistent, &backend(4), &random);
            let before = stuck.endpoint(&persistent, &backend(4));
            stayed += usize::from(before.is_some() && before == stuck.endpoint(&persistent, &backend(5)));
        }
        assert!((140..260).contains(&moved), "{moved} of 1000");
        assert_eq!(stayed, 1000);
    }

    #[test]
    fn a_client_can_be_given_to_an_endpoint() {
        let (random, backend) = (numbers(), backend(5));
        for is_persistent in [false, true] {
            let affinity = Affinity { is_persistent, ..Affinity::default() };
            for (number, endpoint) in backend.endpoints.iter().enumerate() {
                let stuck = Stuck::to(&affinity, &backend, *endpoint, &random).unwrap();
                assert_eq!(stuck.endpoint(&affinity, &backend), Some(number));
            }
        }
    }

    #[test]
    fn a_cookie_comes_back_as_it_went() {
        let affinity = Affinity {
            max_age: Some(60),
            expires: Some(-1),
            domain: Some("shop.example".to_owned()),
            same_site: Some("Lax"),
            ..Affinity::default()
        };
        let stuck = Stuck::new(&affinity, &backend(1), numbers());
        let text = affinity.set_cookie(stuck, "/a", true, SystemTime::UNIX_EPOCH).to_string();
        let (pair, rest) = text.split_once("; ").unwrap();
        assert_eq!(
            rest, "Path=/a; Domain=shop.example; Max-Age=60; SameSite=Lax; Secure; HttpOnly",
            "a date before 1970 is left out"
        );
        let headers = vec![("cookie", format!("x=1; {pair}"))];
        assert_eq!(affinity.stuck(&headers), Some(stuck));
        for bad in ["INGRESSCOOKIE=1|2", "INGRESSCOOKIE=", "INGRESSCOOKIE=+000000000000001|0000000000000001"]
        {
            assert_eq!(affinity.stuck(&vec![("cookie", bad)]), None, "{bad}");
        }
    }
}

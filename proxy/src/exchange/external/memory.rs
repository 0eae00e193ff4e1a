//! Answers that are remembered (`auth-cache-key`). One worker's own, and bounded: two generations, the older of which is forgotten when the younger is
//! full; what is asked for again moves to the younger.

use std::cell::RefCell;
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::StatusCode;
use http::header::{self, HeaderMap, HeaderName, HeaderValue};
use rustc_hash::FxHashMap;
use tokio::time::Instant;
use weir_routing::policy::{External, QuestionFields};

/// Answers of one generation.
const GENERATION: usize = 1024;
/// Bytes of one answer, with what it is remembered under.
const MOST_BYTES: usize = 4 * 1024;

/// What of an answer means anything.
#[derive(Debug)]
pub(super) struct Said {
    pub(super) status: StatusCode,
    /// Those that the upstream gets.
    pub(super) fields: Vec<(HeaderName, HeaderValue)>,
    pub(super) cookies: Vec<HeaderValue>,
    pub(super) challenges: Vec<HeaderValue>,
    /// None: nobody gets it, or it is too long or not whole.
    pub(super) body: Option<Bytes>,
    pub(super) about_body: Vec<(HeaderName, HeaderValue)>,
    /// How long it may be remembered at the most, as it says itself.
    fresh: Option<Duration>,
}

impl Said {
    pub(super) fn new(
        external: &External,
        status: StatusCode,
        headers: &HeaderMap,
        body: Option<Bytes>,
    ) -> Self {
        let all = |name: &HeaderName| headers.get_all(name).iter().cloned().collect::<Vec<_>>();
        let named = |name: &HeaderName| headers.get(name).map(|value| (name.clone(), value.clone()));
        let wanted = external.response_headers.iter().filter_map(|name| HeaderName::try_from(&**name).ok());
        let fields = wanted.flat_map(|name| all(&name).into_iter().map(move |value| (name.clone(), value)));
        let about_body = [header::CONTENT_TYPE, header::CONTENT_ENCODING, header::CONTENT_LANGUAGE];
        Self {
            status,
            fields: fields.filter(|(_, value)| !value.is_empty()).collect(),
            cookies: all(&header::SET_COOKIE),
            challenges: all(&header::WWW_AUTHENTICATE),
            body,
            about_body: about_body.iter().filter_map(named).collect(),
            fresh: fresh(headers),
        }
    }

    /// Its cookies as fields.
    pub(super) fn set_cookies(&self) -> impl Iterator<Item = (HeaderName, HeaderValue)> {
        self.cookies.iter().map(|value| (header::SET_COOKIE, value.clone()))
    }

    /// For how long it is remembered: like nginx, none with a cookie, and none that says it is for one client or not to be stored.
    fn time(&self, external: &External) -> Option<Duration> {
        let time = external.cache.as_ref()?.times.of(self.status.as_u16())?;
        let time = self.fresh.map_or(time, |fresh| fresh.min(time));
        Some(time).filter(|time| !time.is_zero() && self.cookies.is_empty())
    }

    fn bytes(&self) -> usize {
        let fields =
            self.fields.iter().chain(&self.about_body).map(|(name, value)| name.as_str().len() + value.len());
        let challenges = self.challenges.iter().map(HeaderValue::len);
        fields.chain(challenges).sum::<usize>() + self.body.as_ref().map_or(0, Bytes::len)
    }
}

/// What `Cache-Control` says about how long an answer may be used; none: nothing.
fn fresh(headers: &HeaderMap) -> Option<Duration> {
    let mut fresh = None;
    for value in headers.get_all(header::CACHE_CONTROL) {
        for directive in value.as_bytes().split(|b| *b == b',') {
            let directive = directive.trim_ascii().to_ascii_lowercase();
            let age = directive.strip_prefix(b"max-age=").or_else(|| directive.strip_prefix(b"s-maxage="));
            let seconds = match age {
                Some(age) => std::str::from_utf8(age).ok().and_then(|age| age.parse().ok()).unwrap_or(0),
                None if matches!(&*directive, b"no-store" | b"no-cache" | b"private") => 0,
                None => continue,
            };
            let time = Duration::from_secs(seconds);
            fresh = Some(fresh.map_or(time, |fresh: Duration| fresh.min(time)));
        }
    }
    fresh
}

/// How a route asks: asked in another way, there would have been another answer, or other fields taken of it.
#[derive(Clone, PartialEq)]
pub(super) struct Asked {
    pub(super) external: Arc<External>,
    /// Fields of the question besides.
    pub(super) fields: Option<Arc<QuestionFields>>,
}

/// The answers that one worker remembers.
#[derive(Default)]
pub(crate) struct Memory(RefCell<Generations>);

#[derive(Default)]
struct Generations {
    young: FxHashMap<Vec<u8>, Kept>,
    old: FxHashMap<Vec<u8>, Kept>,
}

struct Kept {
    /// What it was an answer to.
    asked: Asked,
    said: Rc<Said>,
    until: Instant,
}

impl Memory {
    /// What was said under this key, if it is still in force.
    pub(super) fn recall(&self, key: &[u8], asked: &Asked) -> Option<Rc<Said>> {
        self.recall_at(key, asked, Instant::now())
    }

    /// Remembers what was said, if it may be.
    pub(super) fn keep(&self, key: Vec<u8>, asked: &Asked, said: &Rc<Said>) {
        self.keep_at(key, asked, said, Instant::now());
    }

    fn recall_at(&self, key: &[u8], asked: &Asked, now: Instant) -> Option<Rc<Said>> {
        let mut generations = self.0.borrow_mut();
        if let Some((key, kept)) = generations.old.remove_entry(key) {
            generations.insert(key, kept);
        }
        let kept = generations.young.get(key)?;
        if kept.asked == *asked && now < kept.until {
            return Some(Rc::clone(&kept.said));
        }
        generations.young.remove(key);
        None
    }

    fn keep_at(&self, key: Vec<u8>, asked: &Asked, said: &Rc<Said>, now: Instant) {
        let Some(time) = said.time(&asked.external) else { return };
        let until = now.checked_add(time).filter(|_| key.len() + said.bytes() <= MOST_BYTES);
        let Some(until) = until else { return };
        let kept = Kept { asked: asked.clone(), said: Rc::clone(said), until };
        self.0.borrow_mut().insert(key, kept);
    }
}

impl Generations {
    fn insert(&mut self, key: Vec<u8>, kept: Kept) {
        if self.young.len() >= GENERATION && !self.young.contains_key(&key) {
            self.old = std::mem::take(&mut self.young);
        }
        self.young.insert(key, kept);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(times: &str) -> Asked {
        use weir_routing::policy::{Cache, Times, Url};
        use weir_routing::variables::Text;
        let external = Arc::new(External {
            url: Url::parse("http://auth").unwrap(),
            method: "GET".into(),
            signin: None,
            response_headers: vec!["x-user".into()],
            redirect: None,
            always_sets_cookie: false,
            cache: Some(Cache { key: Text::parse("$host").unwrap(), times: Times::parse(times).unwrap() }),
        });
        Asked { external, fields: None }
    }

    fn said(asked: &Asked, status: u16, headers: &[(&'static str, &str)]) -> Rc<Said> {
        let headers =
            headers.iter().map(|(name, value)| (HeaderName::from_static(name), value.parse().unwrap()));
        let status = StatusCode::from_u16(status).unwrap();
        Rc::new(Said::new(&asked.external, status, &headers.collect(), None))
    }

    /// For how many seconds an answer is remembered.
    fn seconds(asked: &Asked, said: &Rc<Said>) -> u64 {
        let (memory, now) = (Memory::default(), Instant::now());
        memory.keep_at(b"key".to_vec(), asked, said, now);
        let is_known = |after| memory.recall_at(b"key", asked, now + Duration::from_secs(after)).is_some();
        (0..1000).take_while(|after| is_known(*after)).count().try_into().unwrap()
    }

    #[test]
    fn an_answer_is_remembered_as_long_as_its_status_and_itself_say() {
        let asked = asked("200 60s, 401 10s");
        for (status, headers, expected) in [
            (200, &[][..], 60),
            (401, &[], 10),
            (403, &[], 0),
            (500, &[], 0),
            (200, &[("set-cookie", "a=1")], 0),
            (200, &[("cache-control", "no-store")], 0),
            (200, &[("cache-control", "public, max-age=5")], 5),
            (200, &[("cache-control", "max-age=500")], 60),
            (200, &[("cache-control", "Private, max-age=500")], 0),
            (200, &[("x-user", &"x".repeat(MOST_BYTES))], 0),
        ] {
            assert_eq!(seconds(&asked, &said(&asked, status, headers)), expected, "{status} {headers:?}");
        }
    }

    #[test]
    fn what_was_said_to_another_configuration_is_not_recalled() {
        let (one, other) = (asked("200 60s"), asked("200 61s"));
        let (memory, now) = (Memory::default(), Instant::now());
        memory.keep_at(b"key".to_vec(), &one, &said(&one, 200, &[]), now);
        assert!(memory.recall_at(b"other", &one, now).is_none());
        assert!(memory.recall_at(b"key", &asked("200 60s"), now).is_some(), "the same, read again");
        assert!(memory.recall_at(b"key", &other, now).is_none());
    }

    #[test]
    fn a_flood_of_keys_takes_no_more_memory_than_there_is_for_it() {
        let asked = asked("200 60s");
        let (memory, now) = (Memory::default(), Instant::now());
        for number in 0..GENERATION * 4 {
            memory.keep_at(number.to_string().into_bytes(), &asked, &said(&asked, 200, &[]), now);
            // What is asked for all the time stays.
            memory.keep_at(b"0".to_vec(), &asked, &said(&asked, 200, &[]), now);
            assert!(memory.recall_at(b"0", &asked, now).is_some());
        }
        let generations = memory.0.borrow();
        assert!(generations.young.len() <= GENERATION && generations.old.len() <= GENERATION);
    }
}

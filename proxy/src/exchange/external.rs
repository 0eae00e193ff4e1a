//! A server that a route has asked first whether a client may come in (`auth-url`).
//!
//! ```text
//! gate      what is asked, from the head                                   no wait
//! question  the request for the server that is asked                       the head that an upstream would get, and what nginx adds
//! conclude  what its answer means for the client                           goes on · refused · sent to sign in
//! memory    answers that are remembered
//! ```
//! It is asked before a track is chosen and before anything of the body is read: whoever is refused takes no turn, and waits with the body for a word to go
//! on.

use std::rc::Rc;
use std::sync::Arc;

use http::StatusCode;
use http::header::{HeaderName, HeaderValue};
use weir_routing::policy::{External, Patience, QuestionFields};
use weir_routing::variables::{Facts, Text};

use self::memory::{Asked, Said};
use super::outbound::Gathered;
use super::respond::Instead;
use crate::errand::{self, Failure, Origin};
use crate::worker::Worker;

mod conclude;
mod memory;
mod question;

pub(crate) use self::memory::Memory;

/// Bytes of an answer's body that a client gets.
const MOST_BODY: usize = 64 * 1024;

/// What is to be asked about a request.
pub(super) struct Asking {
    asked: Asked,
    /// None: the URL is none with this request's values.
    origin: Option<Origin>,
    /// Path and query of the question.
    target: String,
    /// Values of its `X-Original-URL`, `X-Original-Method` and `X-Auth-Request-Redirect`.
    original_url: String,
    original_method: Box<str>,
    redirect: Vec<u8>,
    /// Where the client is sent that has to sign in.
    signin: Option<String>,
    /// What is remembered under.
    key: Option<Vec<u8>>,
    patience: errand::Patience,
    /// Fields of the question besides.
    more: Vec<(HeaderName, HeaderValue)>,
}

/// What was said of a request that was let in.
pub(super) struct Vouched {
    external: Arc<External>,
    /// For the upstream, in the place of the client's.
    pub(super) fields: Vec<(HeaderName, HeaderValue)>,
    /// For the client.
    cookies: Vec<HeaderValue>,
    /// The id that the question had.
    pub(super) request_id: Option<HeaderValue>,
}

/// Statuses of an answer with which nginx sends fields that are not meant for every one.
const WITH_COOKIES: [u16; 10] = [200, 201, 204, 206, 301, 302, 303, 304, 307, 308];

impl Vouched {
    /// Cookies that an answer with this status sets.
    pub(super) fn cookies(&self, status: u16) -> &[HeaderValue] {
        let sets = self.external.always_sets_cookie || WITH_COOKIES.contains(&status);
        if sets { &self.cookies } else { &[] }
    }
}

impl Asking {
    /// What is to be asked about a request.
    #[cold]
    pub(super) fn new(worker: &Worker, external: &Arc<External>, facts: &Facts<'_>) -> Box<Self> {
        let target = facts.target();
        let authority = external.url.authority(facts);
        let fields = facts.route.policy.as_ref().and_then(|policy| policy.question_fields.clone());
        let key = external.cache.as_ref().map(|cache| {
            let said = cache.key.fill(facts);
            [facts.route.id.as_bytes(), authority.as_bytes(), &said].join(&0)
        });
        Box::new(Self {
            origin: Origin::new(external.url.scheme(), &authority).ok(),
            target: external.url.target(facts),
            original_url: format!("{}://{}{target}", facts.scheme(), facts.authority),
            original_method: facts.head.method.into(),
            redirect: match &external.redirect {
                Some(redirect) => redirect.fill(facts),
                None => target.into_bytes(),
            },
            signin: external.signin.as_ref().map(|signin| signin.location(facts)),
            key,
            patience: patience(worker, facts),
            more: fields.as_ref().map(|fields| more(fields, facts)).unwrap_or_default(),
            asked: Asked { external: Arc::clone(external), fields },
        })
    }

    /// Asks; `head` is what an upstream would get. Dropped, it closes the connection.
    pub(super) async fn ask(
        mut self: Box<Self>,
        worker: &Rc<Worker>,
        head: Gathered,
    ) -> Result<Box<Vouched>, Box<Instead>> {
        let request_id = head.fields.get("x-request-id").cloned();
        let remembered = self.key.as_deref().and_then(|key| worker.memory.recall(key, &self.asked));
        if let Some(said) = remembered {
            worker.counters.auth_remembered.raise();
            return self.conclude(worker, &said, request_id);
        }
        match self.answer(worker, head).await {
            Ok(said) => {
                let said = Rc::new(said);
                if let Some(key) = self.key.take() {
                    worker.memory.keep(key, &self.asked, &said);
                }
                self.conclude(worker, &said, request_id)
            }
            Err(failure) => {
                tracing::debug!(url = %self.asked.external.url.shown(), %failure, "nobody says whether a request may come in");
                Err(Box::new(conclude::failed(worker)))
            }
        }
    }

    async fn answer(&self, worker: &Worker, head: Gathered) -> Result<Said, Failure> {
        let origin = self.origin.as_ref().ok_or(Failure::Connect)?;
        let request = self.question(head).ok_or(Failure::Connect)?;
        let mut answer = worker.errands.send(origin, request, self.patience).await?;
        let (status, headers) = (answer.status, std::mem::take(&mut answer.headers));
        let is_shown = match status {
            StatusCode::UNAUTHORIZED => self.signin.is_none(),
            StatusCode::FORBIDDEN => true,
            _ => false,
        };
        let body = if is_shown {
            answer.body(MOST_BODY).await
        } else {
            answer.discard();
            None
        };
        Ok(Said::new(&self.asked.external, status, &headers, body))
    }
}

/// What the route's Ingress has said in every question; a value that cannot stand in a field is empty.
fn more(fields: &QuestionFields, facts: &Facts<'_>) -> Vec<(HeaderName, HeaderValue)> {
    let field = |(name, text): &(Box<str>, Text)| {
        let value = HeaderValue::from_bytes(&text.fill(facts)).unwrap_or(HeaderValue::from_static(""));
        Some((HeaderName::try_from(&**name).ok()?, value))
    };
    fields.0.iter().filter_map(field).collect()
}

/// As long as the route waits for its upstreams.
fn patience(worker: &Worker, facts: &Facts<'_>) -> errand::Patience {
    let rules = facts.route.policy.as_ref().and_then(|policy| policy.rules.as_ref());
    let wanted = rules.and_then(|rules| rules.patience.as_ref());
    let usual = &worker.config.timeouts;
    errand::Patience {
        connect: wanted.and_then(Patience::connect).unwrap_or(usual.connect_timeout),
        total: wanted.and_then(Patience::read).unwrap_or(usual.response_timeout),
        idle: usual.upstream_idle_timeout,
    }
}

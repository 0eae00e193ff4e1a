//! Pages of another Service in place of answers with some statuses: `custom-http-errors`, as nginx's `error_page` with a named location has it.
//!
//! The Service is asked for `/` with the client's query and fields, and is told what happened; its status, fields and body are the client's answer.
//! nginx would send it the request's method and body; a body that passes as it comes is gone by then, so this is a GET, or a HEAD for a HEAD.
//! The request has ended for the counts when its own answer was there: whatever becomes of the page, a track's failures are its own.
//!
//! An answer is given up for its page only once there is a connection to the Service; before that it goes out as it came.

use std::rc::Rc;

use http::StatusCode;
use tokio::time::Instant;
use weir_http1::Length;
use weir_routing::policy::ErrorPages;

use super::attempt::{Answered, Lost, Offer};
use super::outbound::Inbound;
use super::sink::Sink;
use super::terms::Terms;
use super::told::Told;
use crate::error::Failure;
use crate::record::{self, Measure};
use crate::upstream::{Endpoint, Lease, balance};
use crate::worker::Worker;

/// Endpoints that are tried for one page.
const MOST_TRIED: usize = 2;

/// What the request for a page says beside what the client said.
pub(super) struct Page {
    fields: Vec<(&'static str, Box<[u8]>)>,
    /// Whether it is a request of its own, and not the client's, which another Service takes.
    pub(super) is_own: bool,
}

impl Page {
    /// The page for an answer with this status.
    pub(super) fn new(pages: &ErrorPages, status: u16, is_own: bool) -> Self {
        let told = pages.told.iter().map(|(name, value)| (*name, value.as_bytes().into()));
        let code = ("x-code", status.to_string().into_bytes().into());
        Self { fields: std::iter::once(code).chain(told).collect(), is_own }
    }

    /// Says what it is for.
    #[cold]
    pub(super) fn describe(&self, sink: &mut impl Sink, inbound: &Inbound<'_>) {
        self.fields.iter().for_each(|(name, value)| sink.field(name, value));
        sink.field("x-original-uri", inbound.uri);
        if let Some(accept) = inbound.headers.get("accept") {
            sink.field("x-format", accept);
        }
    }

    /// Whether a field of the client's does not go on: those that only the proxy says, and those that would make a part, or nothing, of a page.
    pub(super) fn drops(&self, name: &[u8]) -> bool {
        let is = |known: &&str| name.eq_ignore_ascii_case(known.as_bytes());
        let of_own =
            ["range", "if-range", "if-match", "if-none-match", "if-modified-since", "if-unmodified-since"];
        let mut said = self.fields.iter().map(|(name, _)| *name).chain(["x-format", "x-original-uri"]);
        said.any(|known| is(&known)) || (self.is_own && of_own.iter().any(is))
    }
}

impl<'a> Inbound<'a> {
    /// The request for a page that replaces the answer to this one.
    pub(super) fn turned(self, page: &'a Page) -> Self {
        let method = if self.method == "HEAD" { "HEAD" } else { "GET" };
        let path = Some("/");
        let told = Told { path, vhost: None, prefix: None, connection: None, page: Some(page), ..self.told };
        Self { method, length: Length::None, says_empty: false, upgrade: None, told, ..self }
    }
}

/// Puts the page of its route in the place of an answer, or of the failure to get one, if it has one for its status.
pub(super) async fn put<O: Offer>(
    worker: &Rc<Worker>,
    terms: &Terms,
    offer: &mut O,
    answered: Result<Answered<O::Answer>, Failure>,
) -> Result<Answered<O::Answer>, Failure> {
    let (status, by_upstream) = match &answered {
        Ok(answered) => (O::status(&answered.answer), true),
        Err(Failure::ClientGone) => return answered,
        Err(failure) => (failure.status().as_u16(), false),
    };
    let Some(pages) = terms.error_pages().filter(|pages| pages.replaces(status, by_upstream)) else {
        return answered;
    };
    // A time that ran out would end an HTTP/2 stream meanwhile.
    offer.rest();
    let began = Instant::now();
    let Some(mut lease) = connect(worker, pages, terms).await else { return answered };
    let replaced = answered.ok().map(|answered| {
        let Answered { answer, lease, mut measure } = answered;
        measure.leave_out(began.elapsed());
        measure.end(record::outcome_of(status));
        (answer, lease)
    });
    terms.set_page(Page::new(pages, status, true));
    offer.turn(replaced);
    let mut answer = offer.send(&mut lease).await;
    if matches!(answer, Err(Lost { unsent: true, .. })) {
        // A connection that waited had died.
        let endpoint = Rc::clone(lease.endpoint());
        if let Ok(fresh) = Lease::take(&worker.endpoints, &endpoint, true, terms.connect_timeout()).await {
            lease = fresh;
            answer = offer.send(&mut lease).await;
        }
    }
    match answer {
        Ok(answer) if O::status(&answer) != 101 => {
            Ok(Answered { answer, lease, measure: Measure::none(worker) })
        }
        Err(Lost { failure: Failure::ClientGone, .. }) => Err(Failure::ClientGone),
        Ok(_) | Err(_) => {
            let status = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
            Err(Failure::NoPage(status))
        }
    }
}

/// A connection to the Service of the pages.
async fn connect(worker: &Rc<Worker>, pages: &ErrorPages, terms: &Terms) -> Option<Lease> {
    let backend = &pages.backend;
    let endpoint = |address| worker.endpoints.get(backend, address);
    let endpoints: Vec<Rc<Endpoint>> = backend.endpoints.iter().map(|address| endpoint(*address)).collect();
    let mut tried = Vec::new();
    while tried.len() < MOST_TRIED {
        let now = worker.clock.now();
        let endpoint = balance::pick(&endpoints, &tried, now, |n| worker.random_below(n))?;
        match Lease::take(&worker.endpoints, endpoint, false, terms.connect_timeout()).await {
            Ok(lease) => return Some(lease),
            Err(failure) => tracing::debug!(service = %backend.service, %failure, "no page for an error"),
        }
        tried.push(Rc::clone(endpoint));
    }
    None
}

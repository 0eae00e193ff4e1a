//! Copies of requests, whose answers nobody gets: for another server (`mirror-target`), and for canary and baseline of a release ([`super::shadow`]).
//!
//! A copy is a task of its own and begins when the request's body has passed, so it neither delays nor breaks its request, as nginx's would. What one
//! worker holds for copies is limited: a copy that would be too much is not made, and is counted.

use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use http::uri::PathAndQuery;
use http::{HeaderValue, Request, Uri, header};
use weir_http1::{Field, Length};
use weir_routing::policy::Copied;

use super::choose::Chosen;
use super::outbound::{Gathered, Inbound};
use super::shadow::{self, Target};
use super::told::Told;
use crate::counters::Mirrored;
use crate::errand::{Failure, Origin, Patience};
use crate::worker::{Pair, Worker};

/// Copies of one worker that wait for their bodies or are on their way.
const MOST_COPIES: usize = 1024;
/// The same where releases ask for another one: a canary that hangs holds up no copy for another server.
const MOST_SHADOWS: usize = MOST_COPIES / 2;
/// Bytes of bodies that one worker holds for copies.
const MOST_BYTES: usize = 16 * 1024 * 1024;
/// Bytes of one body.
const MOST_BODY: usize = 1024 * 1024;
/// From the beginning of a copy for another server to the head of its answer.
const TOTAL: Duration = Duration::from_secs(30);

/// What one worker holds for copies.
#[derive(Debug, Default)]
pub(crate) struct Copies {
    number: Cell<usize>,
    bytes: Cell<usize>,
}

/// The place of one copy among those of its worker, until its answer is there.
struct Place(Rc<Worker>);

impl Place {
    fn take(worker: &Rc<Worker>) -> Self {
        worker.copies.number.set(worker.copies.number.get() + 1);
        Self(Rc::clone(worker))
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let number = &self.0.copies.number;
        number.set(number.get().saturating_sub(1));
    }
}

/// One copy that is not sent yet.
struct Copy {
    place: Place,
    to: To,
    request: Request<()>,
}

/// Where a copy goes.
enum To {
    Server(Origin),
    Release(Target),
}

/// Copies whose request's body is on its way. Dropped before the body's end they are not sent.
pub(crate) struct Tee {
    worker: Rc<Worker>,
    copies: RefCell<Vec<Copy>>,
    body: RefCell<BytesMut>,
    /// Bytes of it that count.
    held: Cell<usize>,
}

/// Makes the copies of a request that its route and its release ask for. Those without a body are sent at once; for the others what comes back is to be
/// told what the body is.
pub(super) fn begin<'f, F: Iterator<Item = Field<'f>>>(
    inbound: &Inbound<'_>,
    fields: impl Fn() -> F,
    chosen: &Chosen,
) -> Option<Rc<Tee>> {
    let terms = chosen.terms.as_deref()?;
    let mut copies = Vec::new();
    if let Some(copied) = terms.copied() {
        let length = if copied.with_body { inbound.length } else { Length::None };
        let copy = for_server(inbound, fields(), copied, length);
        if length == Length::None {
            if let Some(copy) = copy {
                copy.send(Bytes::new(), None);
            }
        } else {
            copies.extend(copy);
        }
    }
    if let Some(pair) = terms.shadows() {
        copies.extend(for_release(inbound, fields(), pair).into_iter().flatten());
    }
    if copies.is_empty() {
        return None;
    }
    let worker = Rc::clone(&inbound.link.worker);
    let tee = Rc::new(Tee {
        worker,
        copies: RefCell::new(copies),
        body: RefCell::default(),
        held: Cell::default(),
    });
    if inbound.length != Length::None {
        return Some(tee);
    }
    tee.end();
    None
}

/// Whether there is room for so many copies of a request with this body among `most`; they are counted where not.
fn has_room(worker: &Worker, copies: usize, most: usize, length: Length) -> bool {
    let is_large = |bytes| usize::try_from(bytes).is_ok_and(|bytes| bytes > MOST_BODY);
    let refused = match length {
        Length::Bytes(bytes) if is_large(bytes) => Mirrored::TooLarge,
        Length::None | Length::Bytes(_) | Length::Chunked | Length::UntilEnd => {
            if worker.copies.number.get() + copies <= most {
                return true;
            }
            Mirrored::Busy
        }
    };
    (0..copies).for_each(|_| worker.counters.mirrored(refused));
    false
}

#[cold]
fn for_server<'f>(
    inbound: &Inbound<'_>,
    fields: impl Iterator<Item = Field<'f>>,
    copied: &Copied,
    length: Length,
) -> Option<Copy> {
    let worker = &inbound.link.worker;
    if !has_room(worker, 1, MOST_COPIES, length) {
        return None;
    }
    let Some((origin, request)) = request(inbound, fields, copied) else {
        tracing::debug!(url = copied.url, "a mirror's target is no URL");
        worker.counters.mirrored(Mirrored::Failed);
        return None;
    };
    Some(Copy { place: Place::take(worker), to: To::Server(origin), request })
}

/// Both copies for a release, or none: of a change of protocols none, for it is no request with an answer.
#[cold]
fn for_release<'f>(
    inbound: &Inbound<'_>,
    fields: impl Iterator<Item = Field<'f>>,
    pair: &Pair,
) -> Option<[Copy; 2]> {
    let worker = &inbound.link.worker;
    if inbound.upgrade.is_some() || !has_room(worker, 2, MOST_SHADOWS, inbound.length) {
        return None;
    }
    let both = Target::both(worker, pair).and_then(|targets| Some((targets, shadow::head(inbound, fields)?)));
    let Some((targets, request)) = both else {
        (0..2).for_each(|_| worker.counters.mirrored(Mirrored::Unready));
        return None;
    };
    let copy =
        |target| Copy { place: Place::take(worker), to: To::Release(target), request: request.clone() };
    Some(targets.map(copy))
}

/// The head of a copy for another server, and where it goes.
fn request<'f>(
    inbound: &Inbound<'_>,
    fields: impl Iterator<Item = Field<'f>>,
    copied: &Copied,
) -> Option<(Origin, Request<()>)> {
    let (scheme, rest) = copied.url.split_once("://")?;
    let end = rest.find(['/', '?']).unwrap_or(rest.len());
    let (authority, target) = rest.split_at_checked(end)?;
    let target = if target.starts_with('/') { target.to_owned() } else { format!("/{target}") };
    let plain = Inbound { told: Told { page: None, ..inbound.told }, ..inbound.as_question() };
    let Gathered { method, fields, .. } = Gathered::of(&plain, fields);
    let mut request = Request::new(());
    *request.method_mut() = method;
    *request.uri_mut() = Uri::from(PathAndQuery::try_from(target).ok()?);
    *request.headers_mut() = fields;
    if let Some(host) = &copied.host {
        request.headers_mut().insert(header::HOST, HeaderValue::try_from(host).ok()?);
    }
    Some((Origin::new(scheme, authority).ok()?, request))
}

impl Tee {
    /// More of the body has passed.
    pub(super) fn take(&self, data: &[u8]) {
        if self.copies.borrow().is_empty() {
            return;
        }
        let copies = &self.worker.copies;
        let mut body = self.body.borrow_mut();
        let dropped = if body.len().saturating_add(data.len()) > MOST_BODY {
            Mirrored::TooLarge
        } else if copies.bytes.get().saturating_add(data.len()) > MOST_BYTES {
            Mirrored::Busy
        } else {
            copies.bytes.set(copies.bytes.get() + data.len());
            self.held.set(self.held.get() + data.len());
            body.extend_from_slice(data);
            return;
        };
        self.copies.take().iter().for_each(|_| self.worker.counters.mirrored(dropped));
        copies.bytes.set(copies.bytes.get().saturating_sub(self.held.take()));
        *body = BytesMut::new();
    }

    /// The body has come to its end: the copies are sent.
    pub(super) fn end(self: &Rc<Self>) {
        let body = self.body.take().freeze();
        for copy in self.copies.take() {
            copy.send(body.clone(), Some(Rc::clone(self)));
        }
    }
}

impl Copy {
    /// Sends it by a task of its own, which holds the body that `tee` counts.
    fn send(self, body: Bytes, tee: Option<Rc<Tee>>) {
        let worker = Rc::clone(&self.place.0);
        worker.tasks.clone().spawn_upstream(async move {
            let Self { place, to, request } = self;
            let request = request.map(|()| body);
            let answered = match to {
                To::Server(origin) => ask(&worker, &origin, request).await,
                To::Release(target) => target.send(&worker, request).await,
            };
            worker.counters.mirrored(if answered.is_ok() { Mirrored::Answered } else { Mirrored::Failed });
            drop((place, tee));
        });
    }
}

/// Sends a copy to another server; whether it answered.
async fn ask(worker: &Worker, origin: &Origin, request: Request<Bytes>) -> Result<(), Failure> {
    let timeouts = &worker.config.timeouts;
    let patience =
        Patience { connect: timeouts.connect_timeout, total: TOTAL, idle: timeouts.upstream_idle_timeout };
    match Box::pin(worker.errands.send(origin, request, patience)).await {
        Ok(answer) => {
            answer.discard();
            Ok(())
        }
        Err(failure) => {
            tracing::debug!(%origin, %failure, "a mirror gave no answer");
            Err(failure)
        }
    }
}

impl Drop for Tee {
    fn drop(&mut self) {
        let copies = &self.worker.copies;
        copies.bytes.set(copies.bytes.get().saturating_sub(self.held.get()));
        self.copies.get_mut().iter().for_each(|_| self.worker.counters.mirrored(Mirrored::Broken));
    }
}

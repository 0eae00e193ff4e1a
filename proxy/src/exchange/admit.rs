//! Routes that want to know first who asks: what is found out, between the checks of a request and the choice for it.
//!
//! [`choose`](super::choose::choose) answers such a request with [`Guarded`]; [`ask`] makes [`Admitted`] of it or an answer, and then the choice is asked for
//! again. So whoever is refused takes no turn of a split, and a route that has become another one meanwhile asks anew. As in nginx a password is looked
//! at before another server is asked; with `satisfy: any` one of the two is enough.

use std::rc::Rc;
use std::sync::Arc;

use http::StatusCode;
use http::header::{HeaderName, HeaderValue, WWW_AUTHENTICATE};
use weir_routing::policy::{Basic, Denial, Policy};
use weir_routing::variables::Facts;

use super::external::{Asking, Vouched};
use super::outbound::Gathered;
use super::respond::Instead;
use crate::auth::{Credentials, Found};
use crate::limits::Slot;
use crate::worker::Worker;

/// A request of a route that wants to know first who asks, with all that is needed to find out.
pub(super) struct Guarded {
    policy: Arc<Policy>,
    credentials: Option<Credentials>,
    asking: Option<Box<Asking>>,
    /// Fields of every refusal.
    fields: Vec<(HeaderName, HeaderValue)>,
    /// What it holds while it is in flight.
    slot: Option<Box<Slot>>,
}

/// What a request has that its route lets pass.
#[derive(Default)]
pub(super) struct Passed {
    /// What it holds while it is in flight.
    pub(super) slot: Option<Box<Slot>>,
    /// What was said of it by whoever was asked.
    pub(super) vouched: Option<Box<Vouched>>,
}

/// What was found out about a request: it may come in.
pub(super) struct Admitted {
    policy: Arc<Policy>,
    pub(super) passed: Passed,
}

impl Admitted {
    /// Whether this is the policy that it was admitted by.
    pub(super) fn is_by(&self, policy: &Arc<Policy>) -> bool {
        Arc::ptr_eq(&self.policy, policy)
    }
}

impl Guarded {
    /// A request with these facts; `fields` are those of every refusal.
    pub(super) fn new(
        worker: &Worker,
        policy: &Arc<Policy>,
        facts: &Facts<'_>,
        fields: Vec<(HeaderName, HeaderValue)>,
        slot: Option<Box<Slot>>,
    ) -> Self {
        let credentials = || facts.head.headers.get("authorization").and_then(Credentials::read);
        Self {
            policy: Arc::clone(policy),
            credentials: policy.basic.as_ref().and_then(|_| credentials()),
            asking: policy.external().map(|external| Asking::new(worker, external, facts)),
            fields,
            slot,
        }
    }

    /// Whether another server is asked, with a head.
    pub(super) fn has_question(&self) -> bool {
        self.asking.is_some()
    }
}

/// Finds out whether a request may come in; else what it is answered. `question`: what an upstream would get, where another server is asked.
pub(super) async fn ask(
    worker: &Rc<Worker>,
    guarded: Guarded,
    question: Option<Gathered>,
) -> Result<Admitted, Box<Instead>> {
    let Guarded { policy, credentials, asking, fields, slot } = guarded;
    let any = policy.is_any();
    let mut refused = None;
    if let Some(basic) = &policy.basic {
        match basic_auth(worker, basic, credentials).await {
            Ok(()) if any => {
                return Ok(Admitted { policy, passed: Passed { slot, vouched: None } });
            }
            Ok(()) => {}
            Err(denial) if any && asking.is_some() => refused = Some(denial),
            Err(denial) => return Err(Box::new(denied(worker, &policy, denial, fields))),
        }
    }
    let Some(asking) = asking else {
        return Ok(Admitted { policy, passed: Passed { slot, vouched: None } });
    };
    let answered = match question {
        Some(question) => asking.ask(worker, question).await,
        // Whoever cannot be asked about lets nobody in.
        None => Err(Box::new(Instead::denial(Denial::NoAnswer))),
    };
    match answered {
        Ok(vouched) => Ok(Admitted { policy, passed: Passed { slot, vouched: Some(vouched) } }),
        Err(mut instead) => match refused {
            // As in nginx, a client that could come in otherwise is told so.
            Some(denial) if instead.status == StatusCode::FORBIDDEN => {
                Err(Box::new(denied(worker, &policy, denial, fields)))
            }
            Some(_) | None => {
                instead.fields.extend(fields);
                Err(instead)
            }
        },
    }
}

async fn basic_auth(worker: &Worker, basic: &Basic, credentials: Option<Credentials>) -> Result<(), Denial> {
    let found = match credentials {
        Some(credentials) => worker.shared.keeper.ask(&basic.users, credentials).await,
        None => Found::Wrong,
    };
    match found {
        Found::In => Ok(()),
        Found::Wrong => Err(Denial::Credentials),
        Found::Busy => Err(Denial::Busy),
    }
}

/// The answer to a client whose password is not right, counted.
fn denied(
    worker: &Worker,
    policy: &Policy,
    denial: Denial,
    fields: Vec<(HeaderName, HeaderValue)>,
) -> Instead {
    worker.counters.denial(denial);
    let mut instead = Instead::denial(denial);
    instead.fields.extend(fields);
    let realm = policy.basic.as_ref().map(|basic| format!("Basic realm=\"{}\"", basic.realm));
    let challenge = realm.filter(|_| denial == Denial::Credentials).map(HeaderValue::try_from);
    instead.fields.extend(challenge.and_then(Result::ok).map(|challenge| (WWW_AUTHENTICATE, challenge)));
    instead
}

//! What an answer means for the client: 2xx lets it in, 401 and 403 are passed on or send it to sign in, and everything else says nothing.

use std::sync::Arc;

use http::StatusCode;
use http::header::{self, HeaderValue};
use weir_routing::policy::{Denial, Reason};

use super::memory::Said;
use super::{Asking, Vouched};
use crate::counters::AuthOutcome;
use crate::exchange::respond::Instead;
use crate::worker::Worker;

impl Asking {
    pub(super) fn conclude(
        mut self: Box<Self>,
        worker: &Worker,
        said: &Said,
        request_id: Option<HeaderValue>,
    ) -> Result<Box<Vouched>, Box<Instead>> {
        if said.status.is_success() {
            worker.counters.auth(AuthOutcome::Allowed);
            return Ok(Box::new(Vouched {
                external: Arc::clone(&self.asked.external),
                fields: said.fields.clone(),
                cookies: said.cookies.clone(),
                request_id,
            }));
        }
        let instead = match (said.status, self.signin.take()) {
            (StatusCode::UNAUTHORIZED, Some(location)) => {
                let Ok(location) = HeaderValue::try_from(location) else {
                    return Err(Box::new(failed(worker)));
                };
                worker.counters.auth(AuthOutcome::Signin);
                worker.counters.redirect(Reason::Signin);
                let mut instead = Instead::saying(StatusCode::FOUND, &"sign in first");
                instead.fields.push((header::LOCATION, location));
                instead.fields.extend(said.set_cookies());
                instead
            }
            (StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN, _) => {
                worker.counters.auth(AuthOutcome::Denied);
                worker.counters.denial(Denial::External);
                self.passed_on(said)
            }
            _ => return Err(Box::new(failed(worker))),
        };
        Err(Box::new(instead))
    }

    /// A refusal in the words of whoever was asked, where it has any.
    fn passed_on(&self, said: &Said) -> Instead {
        let mut instead = match &said.body {
            Some(body) if !body.is_empty() => {
                Instead { status: said.status, fields: said.about_body.clone(), body: body.clone() }
            }
            Some(_) | None => Instead::saying(said.status, &Denial::External.sentence()),
        };
        instead.fields.extend(said.challenges.iter().map(|value| (header::WWW_AUTHENTICATE, value.clone())));
        if self.asked.external.always_sets_cookie {
            instead.fields.extend(said.set_cookies());
        }
        instead
    }
}

/// Nobody says yes or no: nobody comes in.
pub(super) fn failed(worker: &Worker) -> Instead {
    worker.counters.auth(AuthOutcome::Failed);
    worker.counters.denial(Denial::NoAnswer);
    Instead::denial(Denial::NoAnswer)
}

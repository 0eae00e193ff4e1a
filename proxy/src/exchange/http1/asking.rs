//! Finding out who asks, where the route wants to know it first, before anything of the request's body is read.

use std::future::{Future as _, poll_fn};
use std::ops::Range;
use std::pin::pin;
use std::rc::Rc;
use std::task::{Context, Poll};

use super::{Client, Next, begin, own};
use crate::exchange::admit::{self, Admitted, Guarded};
use crate::exchange::work::Work;

/// What is found out, or what becomes of the connection. Nothing more is found out about a client that goes away meanwhile.
#[cold]
pub(super) async fn ask(
    client: &mut Client,
    work: &mut Work,
    head: Range<usize>,
    guarded: Guarded,
) -> Result<Admitted, Next> {
    let question = guarded.has_question().then(|| begin::question(&client.link, work, head.clone()));
    let question = match question.transpose() {
        Ok(question) => question,
        Err(refusal) => return Err(own::refusal(client, work, refusal, Some(head)).await),
    };
    let worker = Rc::clone(&client.link.worker);
    let found = {
        let mut asked = pin!(admit::ask(&worker, guarded, question));
        poll_fn(|cx| match asked.as_mut().poll(cx) {
            Poll::Ready(found) => Poll::Ready(Some(found)),
            Poll::Pending if has_gone(client, work, cx) => Poll::Ready(None),
            Poll::Pending => Poll::Pending,
        })
        .await
    };
    match found {
        Some(Ok(admitted)) => Ok(admitted),
        Some(Err(instead)) => Err(own::instead(client, work, &instead, head).await),
        None => Err(Next::Close),
    }
}

/// Whether the client has closed its connection. What it sends meanwhile stays in its buffer, as far as there is room.
fn has_gone(client: &mut Client, work: &mut Work, cx: &mut Context<'_>) -> bool {
    while work.from_client.has_room() {
        match work.from_client.poll_fill(cx, &mut client.stream) {
            Poll::Ready(Ok(0) | Err(_)) => return true,
            Poll::Ready(Ok(_)) => {}
            Poll::Pending => return false,
        }
    }
    false
}

//! What hyper makes of some bytes, as a server and as a client.

use std::pin::{Pin, pin};
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll};

use http_body_util::{BodyExt, Empty};
use hyper::body::{Bytes, Incoming};
use hyper::client::conn::http1::handshake;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{HeaderMap, Method, Request, Response, Version};

use crate::message::{Conversation, End, Lines, Message};
use crate::wire::{Wire, settle};

/// What hyper's client makes of a response.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Answer {
    pub(crate) conversation: Conversation,
    /// The body of the response to a second request on the same connection, where it was used again.
    pub(crate) next: Option<Vec<u8>>,
}

type Log = Arc<Mutex<Conversation>>;

/// hyper's server, shown `bytes` on a connection that stays open.
pub(crate) fn requests(bytes: &[u8]) -> Conversation {
    let log = Log::default();
    let service = service_fn(|request: Request<Incoming>| {
        let log = Arc::clone(&log);
        async move {
            let (head, body) = request.into_parts();
            let message = Message {
                method: head.method.as_str().into(),
                target: head.uri.to_string().into(),
                minor: minor(head.version),
                fields: lines(&head.headers),
                ..Message::default()
            };
            collect(&log, message, body).await;
            Ok::<_, hyper::Error>(Response::new(Empty::<Bytes>::new()))
        }
    });
    let mut server =
        pin!(http1::Builder::new().header_read_timeout(None).serve_connection(Wire::open(bytes), service));
    let ended = settle(|context| server.as_mut().poll(context));
    let mut found = log.lock().unwrap().clone();
    match ended {
        _ if found.end != End::Waits => {}
        Some(Ok(())) => found.end = End::Closed,
        Some(Err(_)) => found.end = End::Refused(None),
        None => {}
    }
    found
}

/// hyper's client, shown `bytes` in answer to a request, then `next` to a second one if the connection can be used again; if neither
/// gives a whole response, the connection ends.
pub(crate) fn response(bytes: &[u8], to_head: bool, next: &[u8]) -> Answer {
    let (log, second) = (Log::default(), Arc::new(Mutex::new(None)));
    let wire = Wire::answering([bytes, next]);
    let talk = async {
        let (mut sender, connection) = handshake(wire.clone()).await?;
        let exchange = async {
            let response = sender.send_request(request(to_head)).await?;
            collect_response(&log, response).await;
            sender.ready().await?;
            let body = sender.send_request(request(false)).await?.into_body().collect().await?;
            *second.lock().unwrap() = Some(body.to_bytes().to_vec());
            Ok::<(), hyper::Error>(())
        };
        both(connection, exchange).await
    };
    let mut talk = pin!(talk);
    let ended = settle(|context| talk.as_mut().poll(context));
    let refused = matches!(ended, Some(Err(_)));
    if ended.is_none() {
        wire.close();
        let _ = settle(|context| talk.as_mut().poll(context));
    }
    let mut conversation = log.lock().unwrap().clone();
    if conversation.end == End::Waits && conversation.messages.is_empty() && refused {
        conversation.end = End::Refused(None);
    }
    if !conversation.messages.is_empty() {
        conversation.end = End::Closed;
    }
    let next = second.lock().unwrap().take();
    Answer { conversation, next }
}

/// The exchange's outcome, while the connection works for it.
async fn both<T>(connection: impl Future, exchange: impl Future<Output = T>) -> T {
    let (mut connection, mut exchange) = (pin!(connection), pin!(exchange));
    let mut connected = true;
    std::future::poll_fn(move |context: &mut Context<'_>| {
        if let Poll::Ready(outcome) = exchange.as_mut().poll(context) {
            return Poll::Ready(outcome);
        }
        if connected && connection.as_mut().poll(context).is_ready() {
            connected = false;
        }
        Pin::new(&mut exchange).poll(context)
    })
    .await
}

fn request(to_head: bool) -> Request<Empty<Bytes>> {
    let method = if to_head { Method::HEAD } else { Method::GET };
    let request = Request::builder().method(method).uri("/").header("host", "a");
    request.body(Empty::new()).expect("a request")
}

async fn collect_response(log: &Log, response: Response<Incoming>) {
    let (head, body) = response.into_parts();
    let message = Message {
        status: head.status.as_u16(),
        minor: minor(head.version),
        fields: lines(&head.headers),
        ..Message::default()
    };
    collect(log, message, body).await;
}

/// Reads a body to its end, and notes what came of it.
async fn collect(log: &Log, message: Message, mut body: Incoming) {
    log.lock().unwrap().unfinished = Some(message);
    while let Some(frame) = body.frame().await {
        let mut log = log.lock().unwrap();
        let Some(message) = &mut log.unfinished else { return };
        match frame {
            Ok(frame) => {
                if let Some(data) = frame.data_ref() {
                    message.body.extend_from_slice(data);
                } else if let Some(trailers) = frame.trailers_ref() {
                    message.trailers = lines(trailers);
                }
            }
            // The end of the connection, and not a fault of its bytes.
            Err(error) if error.is_incomplete_message() || is_cut(&error) => return,
            Err(_) => {
                log.end = End::Refused(None);
                return;
            }
        }
    }
    let mut log = log.lock().unwrap();
    let whole = log.unfinished.take();
    log.messages.extend(whole);
}

fn is_cut(error: &hyper::Error) -> bool {
    let source = std::error::Error::source(error).and_then(|source| source.downcast_ref::<std::io::Error>());
    source.is_some_and(|source| source.kind() == std::io::ErrorKind::UnexpectedEof)
}

fn minor(version: Version) -> u8 {
    u8::from(version == Version::HTTP_11)
}

fn lines(headers: &HeaderMap) -> Lines {
    Lines::new(headers.iter().map(|(name, value)| (name.as_str().as_bytes(), value.as_bytes())))
}

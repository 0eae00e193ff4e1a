//! An upstream that speaks HTTP/2, for a client that speaks HTTP/1.1.
//!
//! hyper's stream is made to look like a connection: bytes written to it are the request's body, and bytes read are the answer's body in chunks, so
//! that its end, its trailers and a break in it come through as they would over HTTP/1.1, and everything else stays the same.

use std::future::Future;
use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use http::header::HeaderMap;
use http::uri::{Authority, PathAndQuery, Scheme, Uri};
use http::{Request, Response};
use hyper::body::Incoming;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use weir_http1::length::ResponseLength;
use weir_http1::{Field, Length, Name};

use super::Upload;
use super::feed::{self, Feed};
use super::frames::Frames;
use super::hyper::HeaderView;
use super::outbound::Gathered;
use super::upstream_io::{Answering, UpstreamIo};
use crate::buffer::Buffer;
use crate::error::Failure;
use crate::harden::framing::{self, Framing};
use crate::upstream::{Endpoint, SharedHttp2};

/// What a target says of whoever it is sent to.
#[derive(Clone, Copy)]
pub(super) struct Peer {
    pub(super) address: SocketAddr,
    is_tls: bool,
}

impl Peer {
    pub(super) fn of(endpoint: &Endpoint) -> Self {
        Self { address: endpoint.address, is_tls: endpoint.is_tls() }
    }
}

type Answer = Pin<Box<dyn Future<Output = Result<Response<Incoming>, hyper::Error>>>>;

/// One HTTP/2 stream.
pub(super) struct Stream {
    answer: Option<Answer>,
    feed: Option<Feed>,
    head: Response<()>,
    length: Length,
    /// Its Content-Length.
    declared: Option<u64>,
    body: Frames,
}

impl Stream {
    /// Sends a head. `bodiless`: no body follows.
    pub(super) fn open(gathered: Gathered, shared: &SharedHttp2, peer: Peer, bodiless: bool) -> Self {
        let (feed, upload) = if bodiless {
            (None, Upload::empty())
        } else {
            let (feed, reader) = feed::feed();
            (Some(feed), Upload::fed(reader))
        };
        let Gathered { method, target, host, fields } = gathered;
        let mut request = Request::new(upload);
        *request.method_mut() = method;
        *request.uri_mut() = absolute(&target, host.as_deref(), peer);
        *request.headers_mut() = fields;
        let mut sender = shared.sender.clone();
        let answer = async move { sender.send_request(request).await };
        Self {
            answer: Some(Box::pin(answer)),
            feed,
            head: Response::new(()),
            length: Length::None,
            declared: None,
            body: Frames::empty(),
        }
    }

    /// The head is there.
    fn take(&mut self, response: Response<Incoming>) -> Result<u16, Failure> {
        let (parts, body) = response.into_parts();
        self.declared = match framing::response(parts.status.as_u16(), &HeaderView(&parts.headers)) {
            Ok(Framing::Sound { length }) => length,
            Ok(Framing::Doubtful) => None,
            Err(framing::Unframed) => return Err(Failure::Garbage),
        };
        self.head = Response::from_parts(parts, ());
        self.length = Frames::length_of(&body);
        self.body = Frames::new(body, self.length);
        Ok(self.status())
    }

    pub(super) fn status(&self) -> u16 {
        self.head.status().as_u16()
    }

    pub(super) fn headers(&self) -> &HeaderMap {
        self.head.headers()
    }

    /// Every field of the head.
    pub(super) fn fields(&self) -> impl Iterator<Item = Field<'_>> {
        self.head.headers().iter().map(|(name, value)| Field {
            known: Name::of(name.as_str().as_bytes()),
            name: name.as_str().as_bytes(),
            value: value.as_bytes(),
            plain: None,
        })
    }

    /// How long the body is, as it can be read here. `to_head`: the request was HEAD.
    pub(super) fn length(&self, to_head: bool) -> ResponseLength {
        let body = if to_head { Length::None } else { self.length };
        // Without a body, and not because of what was asked for, the number of its bytes is known.
        let is_empty = body == Length::None && !to_head && !matches!(self.status(), 204 | 304);
        ResponseLength { body, declared: self.declared.or(is_empty.then_some(0)), doubtful: false }
    }
}

/// HTTP/2 wants scheme and authority in the target.
pub(super) fn absolute(target: &str, host: Option<&[u8]>, peer: Peer) -> Uri {
    let target = PathAndQuery::try_from(target).unwrap_or_else(|_| PathAndQuery::from_static("/"));
    let written = host.and_then(|host| Authority::try_from(host).ok());
    let mut parts = http::uri::Parts::default();
    parts.scheme = Some(if peer.is_tls { Scheme::HTTPS } else { Scheme::HTTP });
    parts.authority = written.or_else(|| Authority::try_from(peer.address.to_string()).ok());
    parts.path_and_query = Some(target.clone());
    Uri::from_parts(parts).unwrap_or_else(|_| Uri::from(target))
}

impl UpstreamIo for Stream {
    fn poll_is_dead(&mut self, _: &mut Context<'_>, _: &mut Buffer) -> bool {
        false
    }

    fn poll_answer(&mut self, cx: &mut Context<'_>, _: Answering<'_>) -> Poll<Result<u16, Failure>> {
        let Some(answer) = &mut self.answer else { return Poll::Pending };
        let response = ready!(answer.as_mut().poll(cx));
        self.answer = None;
        Poll::Ready(match response {
            Err(error) => {
                tracing::debug!(%error, "no response head");
                Err(Failure::Reset)
            }
            Ok(response) if response.status().as_u16() == 101 => Err(Failure::UnaskedUpgrade),
            Ok(response) => self.take(response),
        })
    }

    fn body_sent(&mut self) {
        if let Some(feed) = self.feed.take() {
            feed.end();
        }
    }
}

impl AsyncRead for Stream {
    fn poll_read(self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().body).poll_read(cx, buf)
    }
}

impl AsyncWrite for Stream {
    fn poll_write(self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        match &self.feed {
            Some(feed) => feed.poll_write(cx, buf),
            None => Poll::Ready(Err(io::ErrorKind::BrokenPipe.into())),
        }
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }
}

//! What the API server asks to be asked again, as client-go does it: an answer with `Retry-After` (RFC 9110, section 10.2.3) was not acted upon, and says when it will be. A server that
//! has just got a new definition answers so for a moment.

use std::time::Duration;

use http::header::RETRY_AFTER;
use http::{Request, Response};
use kube::Client;
use kube::client::Body;
use tower::retry::{Policy, RetryLayer};
use tower::{Layer, service_fn};

/// Attempts beside the first one: somebody is waiting.
const MOST: u32 = 8;
/// Longest wait for one of them.
const LONGEST: Duration = Duration::from_secs(5);

/// The same client, for somebody who waits.
#[must_use]
pub fn where_asked(client: Client) -> Client {
    let namespace = client.default_namespace().to_owned();
    let ask = move |request| {
        let client = client.clone();
        async move { client.send(request).await }
    };
    Client::new(layer().layer(service_fn(ask)), namespace)
}

fn layer() -> RetryLayer<WhereAsked> {
    RetryLayer::new(WhereAsked { left: MOST })
}

/// Asks again where the answer says so, and only there.
#[derive(Clone, Copy, Debug)]
struct WhereAsked {
    left: u32,
}

impl<B, E> Policy<Request<Body>, Response<B>, E> for WhereAsked {
    type Future = tokio::time::Sleep;

    fn retry(&mut self, _: &mut Request<Body>, answer: &mut Result<Response<B>, E>) -> Option<Self::Future> {
        let answer = answer.as_ref().ok()?;
        let is_refusal = answer.status().as_u16() == 429 || answer.status().is_server_error();
        let seconds: u64 = answer.headers().get(RETRY_AFTER)?.to_str().ok()?.parse().ok()?;
        self.left = self.left.checked_sub(1).filter(|_| is_refusal)?;
        Some(tokio::time::sleep(Duration::from_secs(seconds).min(LONGEST)))
    }

    fn clone_request(&mut self, request: &Request<Body>) -> Option<Request<Body>> {
        let mut again = Request::new(request.body().try_clone()?);
        *again.method_mut() = request.method().clone();
        *again.uri_mut() = request.uri().clone();
        *again.version_mut() = request.version();
        *again.headers_mut() = request.headers().clone();
        *again.extensions_mut() = request.extensions().clone();
        Some(again)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicU32, Ordering};

    use http::{Request, Response};
    use kube::client::Body;
    use tower::{BoxError, ServiceBuilder, ServiceExt, service_fn};

    /// How often a server is asked that answers so twice and then 200, and what comes of it.
    async fn asked(status: u16, again: Option<&'static str>) -> (u32, u16) {
        let count = Arc::new(AtomicU32::new(0));
        let seen = Arc::clone(&count);
        let server = service_fn(move |request: Request<Body>| {
            let number = seen.fetch_add(1, Ordering::Relaxed);
            assert_eq!((request.method().as_str(), request.uri().path()), ("PATCH", "/api"));
            let answer = match again {
                Some(seconds) if number < 2 => {
                    Response::builder().status(status).header("retry-after", seconds)
                }
                None if number < 2 => Response::builder().status(status),
                _ => Response::builder().status(200),
            };
            async move { Ok::<_, BoxError>(answer.body(Body::empty()).unwrap()) }
        });
        let client = ServiceBuilder::new().layer(super::layer()).service(server);
        let request = Request::patch("/api").body(Body::from(b"{}".to_vec())).unwrap();
        let answer = client.oneshot(request).await.unwrap();
        (count.load(Ordering::Relaxed), answer.status().as_u16())
    }

    #[tokio::test(start_paused = true)]
    async fn only_who_asks_for_it_is_asked_again() {
        assert_eq!(asked(429, Some("1")).await, (3, 200), "storage is (re)initializing");
        assert_eq!(asked(503, Some("1")).await, (3, 200));
        assert_eq!(asked(503, None).await, (1, 503), "nobody is there");
        assert_eq!(asked(429, Some("soon")).await, (1, 429));
        assert_eq!(asked(409, Some("1")).await, (1, 409));
    }
}

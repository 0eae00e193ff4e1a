//! A watch that says when it works again.
//!
//! kube's own says that it was interrupted, and then nothing until an object changes: of a kind that nobody changes it is never known whether it still fails. The
//! API server's answer to the next attempt says so, and that is seen on its way through the client.

use std::fmt::Debug;
use std::time::Duration;

use futures_util::stream::{self, BoxStream, StreamExt};
use http::Request;
use kube::client::{Body, ClientBuilder};
use kube::runtime::watcher::{self, Event};
use kube::runtime::{WatchStreamExt, watcher as events};
use kube::{Api, Client, Resource};
use serde::de::DeserializeOwned;
use tokio::sync::watch::{Receiver, Sender, channel};
use tower::service_fn;

use crate::pauses::Pauses;

/// What a watch says.
#[derive(Debug)]
pub enum Heard<K> {
    /// Of the objects.
    Event(Event<K>),
    /// It was interrupted, and is tried again.
    Interrupted(watcher::Error),
    /// The API server answers it again, whether there is something to say of the objects or not. Only after it was interrupted.
    Resumed,
}

/// The objects of a kind, without end: after an interruption from where it was, with pauses that grow to the longest, and listed again only where the API server
/// has forgotten that place. `api` says which objects, with the client that it is given.
pub fn watch<K>(
    client: &Client,
    api: impl FnOnce(Client) -> Api<K>,
    of: watcher::Config,
    longest: Duration,
) -> BoxStream<'static, Heard<K>>
where
    K: Resource + Clone + DeserializeOwned + Debug + Send + 'static,
{
    let (told, answers) = channel(());
    let events = events(api(telling(client, told)), of).backoff(Pauses::of_at_most(longest)).boxed();
    stream::unfold(Watch { events, answers, is_interrupted: false }, |mut watch| async {
        Some((watch.next().await?, watch))
    })
    .boxed()
}

/// A client that tells of every answer that is a good one. Its answers are all this watch's.
fn telling(client: &Client, told: Sender<()>) -> Client {
    let namespace = client.default_namespace().to_owned();
    let client = client.clone();
    let service = service_fn(move |request: Request<Body>| {
        let (client, told) = (client.clone(), told.clone());
        async move {
            let answer = client.send(request).await?;
            if answer.status().is_success() {
                told.send_replace(());
            }
            Ok::<_, kube::Error>(answer)
        }
    });
    ClientBuilder::new(service, namespace).build()
}

struct Watch<K> {
    events: BoxStream<'static, watcher::Result<Event<K>>>,
    answers: Receiver<()>,
    is_interrupted: bool,
}

impl<K> Watch<K> {
    async fn next(&mut self) -> Option<Heard<K>> {
        tokio::select! {
            biased;
            event = self.events.next() => Some(match event? {
                Ok(event) => Heard::Event(event),
                Err(error) => {
                    // Those were before. There is no attempt that could be answered until the next event is asked for.
                    self.answers.mark_unchanged();
                    self.is_interrupted = true;
                    Heard::Interrupted(error)
                }
            }),
            Ok(()) = self.answers.changed(), if self.is_interrupted => {
                self.is_interrupted = false;
                Some(Heard::Resumed)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::VecDeque;
    use std::convert::Infallible;
    use std::sync::{Arc, Mutex};
    use std::time::Duration;

    use bytes::Bytes;
    use futures_util::{StreamExt, stream};
    use http::{Request, Response};
    use http_body_util::combinators::BoxBody;
    use http_body_util::{BodyExt, Empty, Full, StreamBody};
    use k8s_openapi::api::core::v1::ConfigMap;
    use kube::client::{Body, ClientBuilder};
    use kube::runtime::watcher::{Config, Event};
    use kube::{Api, Client};
    use serde_json::{Value, json};
    use tower::{BoxError, service_fn};

    use super::{Heard, watch};

    type Answer = Response<BoxBody<Bytes, Infallible>>;

    /// A client whose server lists nothing, and answers the watches with these, one after the other, and then with one that stays open.
    fn answering(watches: impl IntoIterator<Item = Answer>) -> Client {
        let watches = Arc::new(Mutex::new(watches.into_iter().collect::<VecDeque<_>>()));
        let server = service_fn(move |request: Request<Body>| {
            let is_watch = request.uri().query().is_some_and(|query| query.contains("watch=true"));
            let answer = if is_watch {
                watches.lock().unwrap().pop_front().unwrap_or_else(open)
            } else {
                let meta = json!({"resourceVersion": "7"});
                let list =
                    json!({"apiVersion": "v1", "kind": "ConfigMapList", "metadata": meta, "items": []});
                json(200, &list)
            };
            async move { Ok::<_, BoxError>(answer) }
        });
        ClientBuilder::new(server, "default").build()
    }

    fn json(status: u16, body: &Value) -> Answer {
        let body = Full::new(Bytes::from(body.to_string())).boxed();
        Response::builder().status(status).body(body).unwrap()
    }

    /// A watch that says nothing, as that of a kind that nobody changes.
    fn open() -> Answer {
        Response::new(BodyExt::boxed(StreamBody::new(stream::pending())))
    }

    /// What an API server says while it makes the storage of a definition anew.
    fn busy() -> Answer {
        let said = "storage is (re)initializing";
        let status =
            json!({"apiVersion": "v1", "kind": "Status", "status": "Failure", "code": 429, "message": said});
        json(429, &status)
    }

    fn name(heard: &Heard<ConfigMap>) -> &'static str {
        match heard {
            Heard::Event(Event::Init) => "init",
            Heard::Event(Event::InitDone) => "done",
            Heard::Event(_) => "object",
            Heard::Interrupted(_) => "interrupted",
            Heard::Resumed => "resumed",
        }
    }

    /// What is heard within a minute.
    async fn heard(client: &Client) -> Vec<&'static str> {
        let longest = Duration::from_secs(2);
        let watch = watch(client, Api::<ConfigMap>::all, Config::default(), longest);
        let end = tokio::time::sleep(Duration::from_mins(1));
        watch.map(|heard| name(&heard)).take_until(end).collect().await
    }

    #[tokio::test(start_paused = true)]
    async fn a_watch_of_a_kind_that_nobody_changes_says_that_it_works_again() {
        assert_eq!(heard(&answering([])).await, ["init", "done"], "nothing was interrupted");
        let twice = heard(&answering([busy(), busy()])).await;
        assert_eq!(twice, ["init", "done", "interrupted", "interrupted", "resumed"]);
        let ended = Response::new(Empty::new().boxed());
        let later = heard(&answering([ended, busy()])).await;
        assert_eq!(later, ["init", "done", "interrupted", "resumed"], "the answer of before is none");
    }

    #[tokio::test(start_paused = true)]
    async fn one_that_is_refused_for_good_never_says_so() {
        let refused = heard(&answering(std::iter::repeat_with(busy).take(1_000))).await;
        assert!(refused.len() > 30 && !refused.contains(&"resumed"), "{refused:?}");
    }
}

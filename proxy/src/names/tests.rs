//! What is asked of the resolver, and what is served meanwhile.

use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::io;
use std::net::IpAddr;
use std::rc::Rc;

use futures_util::future::join_all;
use tokio::task::LocalSet;
use tokio::time::Instant;

use super::{FAILED, FRESH, Found, KEPT, MOST_NAMES, Names, STALE, Unresolved};
use crate::tasks::Tasks;

/// A resolver that gives these answers one after the other, and then none; `None`: it fails.
struct Resolver {
    answers: RefCell<VecDeque<Option<&'static str>>>,
    asked: Cell<usize>,
}

fn names(answers: &[Option<&'static str>]) -> (Names, Rc<Resolver>) {
    let answers = RefCell::new(answers.iter().copied().collect());
    let resolver = Rc::new(Resolver { answers, asked: Cell::new(0) });
    let asked = Rc::clone(&resolver);
    let lookup = move |_: &str| -> Found {
        let resolver = Rc::clone(&asked);
        resolver.asked.set(resolver.asked.get() + 1);
        Box::pin(async move {
            tokio::task::yield_now().await;
            let answer = resolver.answers.borrow_mut().pop_front().flatten();
            let address: Option<IpAddr> = answer.map(|answer| answer.parse().unwrap());
            address.map(|address| vec![address]).ok_or_else(|| io::ErrorKind::NotFound.into())
        })
    };
    (Names::asking(Tasks::default(), Box::new(lookup)), resolver)
}

async fn one(names: &Names, now: Instant) -> Result<String, Unresolved> {
    let found = names.resolve_at("auth.example", 80, now).await?;
    assert_eq!(found.len(), 1);
    Ok(found[0].to_string())
}

async fn settle() {
    for _ in 0..8 {
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn a_name_is_looked_up_once_however_many_ask_and_again_when_it_is_old() {
    let (names, resolver) = names(&[Some("192.0.2.1"), Some("192.0.2.2"), Some("192.0.2.3")]);
    LocalSet::new()
        .run_until(async {
            let now = Instant::now();
            let all = join_all((0..9).map(|_| one(&names, now))).await;
            assert!(all.iter().all(|found| found.as_deref() == Ok("192.0.2.1:80")), "{all:?}");
            assert_eq!(one(&names, now + FRESH / 2).await.unwrap(), "192.0.2.1:80");
            assert_eq!(resolver.asked.get(), 1);
            // Not so fresh any more: it is used while the next one is on its way.
            assert_eq!(one(&names, now + FRESH * 2).await.unwrap(), "192.0.2.1:80");
            settle().await;
            assert_eq!((one(&names, now).await.unwrap().as_str(), resolver.asked.get()), ("192.0.2.2:80", 2));
            // Old: it is waited for.
            assert_eq!(one(&names, now + STALE * 2).await.unwrap(), "192.0.2.3:80");
        })
        .await;
}

#[tokio::test]
async fn what_was_known_is_served_while_the_resolver_fails_but_not_forever() {
    let (names, resolver) = names(&[Some("192.0.2.1")]);
    LocalSet::new()
        .run_until(async {
            let now = Instant::now();
            assert_eq!(one(&names, now).await.unwrap(), "192.0.2.1:80");
            assert_eq!(one(&names, now + STALE * 2).await.unwrap(), "192.0.2.1:80");
            assert_eq!(resolver.asked.get(), 2);
            assert_eq!(one(&names, now + KEPT * 2).await, Err(Unresolved::Unknown));
        })
        .await;
}

#[tokio::test]
async fn a_lookup_that_failed_is_not_repeated_at_once() {
    let (names, resolver) = names(&[None, Some("192.0.2.1")]);
    LocalSet::new()
        .run_until(async {
            let now = Instant::now();
            for _ in 0..3 {
                assert_eq!(one(&names, now).await, Err(Unresolved::Unknown));
            }
            assert_eq!(resolver.asked.get(), 1);
            assert_eq!(one(&names, Instant::now() + FAILED).await.unwrap(), "192.0.2.1:80");
        })
        .await;
}

#[tokio::test]
async fn addresses_are_their_own_names_and_names_are_forgotten_in_the_end() {
    let (names, resolver) = names(&[]);
    LocalSet::new()
        .run_until(async {
            for (host, address) in [("127.0.0.1", "127.0.0.1:81"), ("::1", "[::1]:81")] {
                assert_eq!(names.resolve(host, 81).await.unwrap()[0].to_string(), address);
            }
            assert_eq!(resolver.asked.get(), 0);
            for number in 0..MOST_NAMES * 2 {
                let found = names.resolve(&format!("{number}.example"), 80).await;
                assert_eq!(found, Err(Unresolved::Unknown));
            }
            assert!(names.known.borrow().len() <= MOST_NAMES);
        })
        .await;
}

#[tokio::test]
async fn the_systems_resolver_knows_localhost() {
    LocalSet::new()
        .run_until(async {
            let names = Names::new(Tasks::default());
            let found = names.resolve("localhost", 80).await.unwrap();
            assert!(found.iter().all(|address| address.ip().is_loopback() && address.port() == 80));
            assert_eq!(names.resolve("no-such-host.invalid", 80).await, Err(Unresolved::Unknown));
        })
        .await;
}

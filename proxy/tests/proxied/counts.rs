//! The numbers add up, whatever happens.

use weir_telemetry::outcome::Outcome;

use crate::support::client::{Client, request};
use crate::support::manifest::split;
use crate::support::proxy::Proxy;
use crate::support::upstream::{Upstream, full};

/// A canary that does everything that can go wrong, by the path.
async fn chaotic() -> Upstream {
    use tokio::io::AsyncWriteExt;
    Upstream::scripted(|mut stream| async move {
        let answer: &[u8] = match rand_byte() % 5 {
            0 => b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok",
            1 => b"HTTP/1.1 500 No\r\nContent-Length: 0\r\n\r\n",
            2 => b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nok",
            3 => b"nonsense\r\n\r\n",
            _ => b"",
        };
        let _ = stream.write_all(answer).await;
    })
    .await
}

/// Different each time; the test holds for every sequence.
fn rand_byte() -> u8 {
    use std::sync::atomic::{AtomicU8, Ordering};
    static NEXT: AtomicU8 = AtomicU8::new(0);
    NEXT.fetch_add(1, Ordering::Relaxed)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn user_requests_and_rescues_are_the_sum_over_tracks() {
    let stable = Upstream::serve(false, |_| Box::pin(async { http::Response::new(full("ok")) })).await;
    let canary = chaotic().await;
    let proxy = Proxy::start(&split(&[stable.address], &[canary.address], "50"), &["--workers", "2"]).await;
    let address = proxy.http();
    let clients = (0..6).map(|number| {
        tokio::spawn(async move {
            let (mut asked, mut failed) = (0_u64, 0_u64);
            for n in 0..60 {
                let mut client = Client::connect(address).await;
                let (method, body) = if (n + number) % 3 == 0 { ("POST", "x") } else { ("GET", "") };
                client.send(request(method, "/", &[], body)).await;
                asked += 1;
                let reply = client.reply_to(method).await.unwrap_or_default();
                failed += u64::from(reply.status >= 500 || !reply.complete);
            }
            (asked, failed)
        })
    });
    let (mut asked, mut failed) = (0, 0);
    for client in clients.collect::<Vec<_>>() {
        let (a, f) = client.await.unwrap();
        (asked, failed) = (asked + a, failed + f);
    }
    let (s, c) = (proxy.settled("stable").await, proxy.settled("canary").await);
    let rescued = s.rescued + c.rescued;
    assert!(rescued > 0 && failed > 0, "the test must see both");
    assert_eq!(s.outcomes.total() + c.outcomes.total(), asked + rescued);
    assert_eq!(s.outcomes.errors() + c.outcomes.errors(), failed + rescued);
    for counts in [&s, &c] {
        assert_eq!(
            counts.duration.count() + counts.warmup.count(),
            counts.outcomes.total(),
            "one time for each request"
        );
        assert_eq!(counts.in_flight, 0);
    }
    assert_eq!(s.outcomes.get(Outcome::Success), s.outcomes.total());
}

#[tokio::test]
async fn times_are_those_that_the_client_sees() {
    let web = Upstream::serve(false, |_| {
        Box::pin(async {
            tokio::time::sleep(std::time::Duration::from_millis(50)).await;
            http::Response::new(full("ok"))
        })
    })
    .await;
    let proxy = Proxy::start(&crate::support::manifest::simple(&[web.address]), &[]).await;
    let start = std::time::Instant::now();
    proxy.get("/").await;
    // Only what has been recorded has ended: the client may have its answer before the proxy looks at its clock.
    let counts = proxy.settled("stable").await;
    let seen = u64::try_from(start.elapsed().as_micros()).unwrap();
    let recorded = counts.duration.sum_micros();
    assert!((49_000..=seen).contains(&recorded), "{recorded} of {seen} us");
    assert!(counts.first_byte.sum_micros() <= recorded);
}

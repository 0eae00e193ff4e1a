//! `mirror-target`: copies of requests for another server.

use tokio::io::AsyncWriteExt;
use weir_telemetry::outcome::Outcome;

use crate::http2;
use crate::policies::ingress;
use crate::support::client::{Client, get, request};
use crate::support::eventually;
use crate::support::manifest::{Service, file};
use crate::support::proxy::Proxy;
use crate::support::upstream::{Told, Upstream};

/// A mirror that is told the X-Tell among others.
async fn mirror() -> (Upstream, Told) {
    Upstream::told(500, "x-tell").await
}

async fn start(web: &Upstream, h2: bool, annotations: &[(&str, &str)]) -> Proxy {
    let service = Service::new("web", &[web.address]);
    let service = if h2 { service.h2c() } else { service };
    Proxy::start(&file(&[ingress("web", ("/", "Prefix"), "web", annotations)], &[service]), &[]).await
}

async fn counted(proxy: &Proxy, result: &str, expected: u64) {
    let sample = format!("weir_mirror_requests_total{{result=\"{result}\"}}");
    eventually(&format!("{expected} {result}"), || async {
        (proxy.metric(&sample).await == expected).then_some(())
    })
    .await;
}

#[tokio::test]
async fn every_request_is_copied_with_its_body_and_its_own_answer_stays() {
    for h2 in [false, true] {
        let web = if h2 { Upstream::echo_h2("web").await } else { Upstream::echo("web").await };
        let (copies, told) = mirror().await;
        let target = format!("http://{}/copy$request_uri", copies.address);
        let proxy = start(&web, h2, &[("mirror-target", &target), ("mirror-host", "m.$host")]).await;
        let headers = [("Host", "h"), ("X-Tell", "1")];
        let mut client = Client::connect(proxy.http()).await;
        assert_eq!(client.get("/a?b=c", &headers).await.status, 200);
        for body in ["small", "another"] {
            client.send(request("POST", "/p", &headers, body)).await;
            let reply = client.reply().await.unwrap();
            assert!(
                reply.status == 200 && reply.text().contains(&format!("body {body}\n")),
                "{}",
                reply.text()
            );
        }
        client.send("PUT /c HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n").await;
        assert!(client.reply().await.unwrap().text().contains("body abcde\n"));
        assert_eq!(http2::answer(&proxy, ("GET", "http://h/2"), &[("x-tell", "2")], "").await.0, 200);
        let (status, _, text) =
            http2::answer(&proxy, ("POST", "http://h/2"), &[("x-tell", "2")], "two").await;
        assert!(status == 200 && text.contains("body two\n"), "{text}");
        counted(&proxy, "answered", 6).await;
        let mut told = told.lock().unwrap().clone();
        told.sort();
        let expected = [
            "GET /copy/2 m.h 2 ",
            "GET /copy/a?b=c m.h 1 ",
            "POST /copy/2 m.h 2 two",
            "POST /copy/p m.h 1 another",
            "POST /copy/p m.h 1 small",
            "PUT /copy/c m.h  abcde",
        ];
        assert_eq!(told, expected);
        let counts = proxy.settled("stable").await;
        assert_eq!((counts.outcomes.get(Outcome::Success), counts.outcomes.total()), (6, 6));
    }
}

#[tokio::test]
async fn bodies_stay_out_of_copies_where_they_are_not_wanted() {
    let web = Upstream::echo("web").await;
    let (copies, told) = mirror().await;
    let target = format!("http://{}", copies.address);
    let proxy = start(&web, false, &[("mirror-target", &target), ("mirror-request-body", "off")]).await;
    let mut client = Client::connect(proxy.http()).await;
    client.send(request("POST", "/p", &[("Host", "h")], "body")).await;
    assert!(client.reply().await.unwrap().text().contains("body body\n"));
    let (_, _, text) = http2::answer(&proxy, ("POST", "http://h/p"), &[], "two").await;
    assert!(text.contains("body two\n"), "{text}");
    counted(&proxy, "answered", 2).await;
    let line = format!("POST / {}  ", copies.address);
    assert_eq!(*told.lock().unwrap(), [line.clone(), line]);
}

#[tokio::test]
async fn a_mirror_that_does_not_answer_delays_and_breaks_nothing() {
    let web = Upstream::echo("web").await;
    let silent = Upstream::silent().await;
    let gone = Upstream::nowhere();
    for address in [silent.address, gone] {
        let target = format!("http://{address}$request_uri");
        let proxy = start(&web, false, &[("mirror-target", &target)]).await;
        let mut client = Client::connect(proxy.http()).await;
        for _ in 0..20 {
            client.send(request("POST", "/", &[("Host", "h")], "body")).await;
            assert_eq!(client.reply().await.unwrap().status, 200);
        }
        if address == gone {
            counted(&proxy, "failed", 20).await;
        } else {
            eventually("copies were sent", || async { (silent.requests() == 20).then_some(()) }).await;
        }
        // A copy that nobody answers does not hold the proxy up when it is to end.
        proxy.ended().await;
    }
}

#[tokio::test]
async fn a_body_that_is_too_large_is_not_copied_and_passes() {
    let web = Upstream::echo("web").await;
    let (copies, _) = mirror().await;
    let target = format!("http://{}", copies.address);
    let proxy = start(&web, false, &[("mirror-target", &target)]).await;
    let large = "x".repeat((1 << 20) + 1);
    let mut client = Client::connect(proxy.http()).await;
    client.send(request("POST", "/", &[("Host", "h")], &large)).await;
    assert_eq!(client.reply().await.unwrap().status, 200);
    counted(&proxy, "dropped_too_large", 1).await;
    client.send("POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n").await;
    for _ in 0..17 {
        client.send(format!("10000\r\n{}\r\n", "x".repeat(1 << 16))).await;
    }
    client.send("0\r\n\r\n").await;
    assert_eq!(client.reply().await.unwrap().status, 200);
    counted(&proxy, "dropped_too_large", 2).await;
    // One byte less.
    client.send(request("POST", "/", &[("Host", "h")], &large[1..])).await;
    assert_eq!(client.reply().await.unwrap().status, 200);
    counted(&proxy, "answered", 1).await;
    assert_eq!(copies.requests(), 1);
}

#[tokio::test]
async fn half_a_body_is_not_copied() {
    let web = Upstream::scripted(|mut stream| async move {
        let _ = tokio::io::copy(&mut stream, &mut tokio::io::sink()).await;
        let _ = stream.shutdown().await;
    })
    .await;
    let (copies, _) = mirror().await;
    let target = format!("http://{}", copies.address);
    let proxy = start(&web, false, &[("mirror-target", &target)]).await;
    let mut client = Client::connect(proxy.http()).await;
    client.send("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 100\r\n\r\nhalf").await;
    eventually("the upstream has it", || async { (web.requests() == 1).then_some(()) }).await;
    drop(client);
    counted(&proxy, "dropped_broken", 1).await;
    assert_eq!(copies.requests(), 0);
}

#[tokio::test]
async fn who_is_refused_is_not_copied() {
    let web = Upstream::echo("web").await;
    let (copies, _) = mirror().await;
    let target = format!("http://{}", copies.address);
    let annotations = [("mirror-target", target.as_str()), ("denylist-source-range", "127.0.0.0/8")];
    let proxy = start(&web, false, &annotations).await;
    assert_eq!(get(proxy.http(), "/", &[("Host", "h")]).await.status, 403);
    assert_eq!(http2::answer(&proxy, ("GET", "http://h/"), &[], "").await.0, 403);
    assert_eq!((web.requests(), copies.requests()), (0, 0));
}

#[tokio::test]
async fn what_cannot_be_read_is_said_and_left_out() {
    let web = Upstream::echo("web").await;
    for (annotations, said) in [
        (&[("mirror-target", "copies.example")][..], "is not a URL, such as"),
        (&[("mirror-target", "https://$http_x_where/a")], "is not a URL, such as"),
        (&[("mirror-target", "https://a@b/")], "is not a URL, such as"),
        (&[("mirror-target", "http://m/$server_name")], "is not supported: the variables are"),
        (&[("mirror-host", "m")], "it has no effect without mirror-target"),
        (&[("mirror-request-body", "some")], "is neither on nor off"),
    ] {
        let proxy = start(&web, false, annotations).await;
        assert_eq!(get(proxy.http(), "/", &[("Host", "h")]).await.status, 200);
        let problems = proxy.admin("/debug/problems").await.text();
        assert!(problems.contains(said), "{said} in {problems}");
    }
}

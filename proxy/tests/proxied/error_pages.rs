//! `custom-http-errors`: pages of the `default-backend` in place of answers.

use std::fmt::Write as _;

use http::Response;
use tokio::io::AsyncWriteExt;
use weir_telemetry::outcome::Outcome;

use crate::http2;
use crate::policies::ingress;
use crate::support::client::{Client, get, request};
use crate::support::manifest::{Service, file};
use crate::support::proxy::Proxy;
use crate::support::upstream::{Upstream, full};

/// Answers with the status that it is told, or `status`, and everything that it was asked.
async fn pages(h2: bool, status: Option<u16>) -> Upstream {
    Upstream::serve(h2, move |request| {
        Box::pin(async move {
            let code =
                request.headers().get("x-code").map_or("404", |code| code.to_str().unwrap()).to_owned();
            let mut text = format!("page of {} {}\n", request.method(), request.uri());
            for (name, value) in request.headers() {
                let _ = writeln!(text, "{name}: {}", value.to_str().unwrap());
            }
            let status = status.unwrap_or_else(|| code.parse().unwrap());
            Response::builder().status(status).header("x-page", "1").body(full(text)).unwrap()
        })
    })
    .await
}

/// Answers every request with this status and text.
async fn failing(h2: bool, status: u16, text: &'static str) -> Upstream {
    Upstream::serve(h2, move |_| {
        Box::pin(async move {
            Response::builder().status(status).header("x-secret", "1").body(full(text)).unwrap()
        })
    })
    .await
}

fn objects(annotations: &[(&str, &str)], services: &[Service]) -> String {
    let mut all = vec![("default-backend", "pages")];
    all.extend_from_slice(annotations);
    file(&[ingress("web", ("/", "Prefix"), "web", &all)], services)
}

#[tokio::test]
async fn an_answer_is_replaced_by_the_page_of_the_default_backend() {
    for (web_h2, pages_h2) in [(false, false), (false, true), (true, false), (true, true)] {
        let (web, pages) = (failing(web_h2, 404, "theirs").await, pages(pages_h2, None).await);
        let service = |name, upstream: &Upstream, h2| {
            let service = Service::new(name, &[upstream.address]);
            if h2 { service.h2c() } else { service }
        };
        let services = [service("web", &web, web_h2), service("pages", &pages, pages_h2)];
        let proxy = Proxy::start(&objects(&[("custom-http-errors", "404, 503")], &services), &[]).await;
        let told = |text: &str| {
            for line in [
                "x-code: 404",
                "x-format: text/html",
                "x-original-uri: /a/../b%41?c=d",
                "x-namespace: shop",
                "x-ingress-name: web",
                "x-service-name: web",
                "x-service-port: http",
                "x-request-id: mine",
                "accept-language: de",
            ] {
                assert!(text.contains(&format!("\n{line}\n")), "{line} in {text}");
            }
            assert!(
                text.contains("/?c=d\n") && !text.contains("forged") && !text.contains("range"),
                "{text}"
            );
        };
        let headers = [
            ("Host", "h"),
            ("Accept", "text/html"),
            ("X-Code", "forged"),
            ("X-Request-ID", "mine"),
            ("Accept-Language", "de"),
            ("Range", "bytes=0-1"),
        ];
        let mut client = Client::connect(proxy.http()).await;
        for _ in 0..3 {
            let reply = client.get("/a/../b%41?c=d", &headers).await;
            assert_eq!(
                (reply.status, reply.header("x-page"), reply.header("x-secret")),
                (404, Some("1"), None)
            );
            told(&reply.text());
        }
        client.send(request("HEAD", "/", &[("Host", "h")], "")).await;
        let reply = client.reply_to("HEAD").await.unwrap();
        assert_eq!((reply.status, reply.header("x-page")), (404, Some("1")));
        let headers: Vec<_> =
            [("accept", "text/html"), ("x-request-id", "mine"), ("accept-language", "de")].into();
        let (status, fields, text) =
            http2::answer(&proxy, ("GET", "http://h/a/../b%41?c=d"), &headers, "").await;
        assert!(status == 404 && fields.contains_key("x-page") && !fields.contains_key("x-secret"));
        told(&text);
        let counts = proxy.settled("stable").await;
        assert_eq!((counts.outcomes.get(Outcome::ClientError), counts.outcomes.total()), (5, 5));
        if !web_h2 {
            assert_eq!(web.connections(), 1, "an answer that was here as a whole costs no connection");
        }
    }
}

#[tokio::test]
async fn a_tracks_failures_stay_its_own_whatever_the_page_says() {
    let (web, pages) = (failing(false, 500, "oops").await, pages(false, Some(200)).await);
    let services = [Service::new("web", &[web.address]), Service::new("pages", &[pages.address])];
    let proxy = Proxy::start(&objects(&[("custom-http-errors", "500")], &services), &[]).await;
    let reply = get(proxy.http(), "/", &[("Host", "h")]).await;
    // nginx's `error_page 500 = @page` passes the page's own status on.
    assert_eq!((reply.status, reply.header("x-page")), (200, Some("1")));
    assert_eq!(http2::answer(&proxy, ("GET", "http://h/"), &[], "").await.0, 200);
    let counts = proxy.settled("stable").await;
    assert_eq!((counts.outcomes.get(Outcome::ServerError), counts.outcomes.total()), (2, 2));
}

#[tokio::test]
async fn what_the_proxy_says_itself_is_replaced_too() {
    let (gone, silent, pages) = (Upstream::nowhere(), Upstream::silent().await, pages(false, None).await);
    let pages_service = || Service::new("pages", &[pages.address]);
    let annotations = [("custom-http-errors", "502,504"), ("proxy-read-timeout", "1")];
    for (address, status) in [(gone, 502), (silent.address, 504)] {
        let services = [Service::new("web", &[address]), pages_service()];
        let proxy = Proxy::start(&objects(&annotations, &services), &[]).await;
        // On a stream, while the page's Service has not been connected to: the time that ran out is not the page's.
        let (told, fields, _) = http2::answer(&proxy, ("GET", "http://h/x"), &[], "").await;
        assert!(told == status && fields.contains_key("x-page"));
        let mut client = Client::connect(proxy.http()).await;
        let reply = client.get("/x", &[("Host", "h")]).await;
        assert_eq!((reply.status, reply.header("x-page")), (status, Some("1")), "{}", reply.text());
        assert!(reply.text().contains(&format!("x-code: {status}\n")), "{}", reply.text());
        assert_eq!(client.get("/x", &[("Host", "h")]).await.status, status, "the connection stays");
    }
    // Without endpoints the default backend takes the request itself, and is told why.
    let proxy = Proxy::start(&objects(&[], &[Service::new("web", &[]), pages_service()]), &[]).await;
    let reply = get(proxy.http(), "/x?y", &[("Host", "h")]).await;
    assert_eq!(reply.status, 503);
    let text = reply.text();
    assert!(text.starts_with("page of GET /x?y\n") && text.contains("x-service-name: web\n"), "{text}");
}

#[tokio::test]
async fn upstreams_own_answers_stay_where_they_are_not_to_be_intercepted() {
    let (web, pages) = (failing(false, 502, "theirs").await, pages(false, None).await);
    let services = [Service::new("web", &[web.address]), Service::new("pages", &[pages.address])];
    let annotations = [("custom-http-errors", "502"), ("disable-proxy-intercept-errors", "true")];
    let proxy = Proxy::start(&objects(&annotations, &services), &[]).await;
    assert_eq!(get(proxy.http(), "/", &[("Host", "h")]).await.text(), "theirs");
    web.end().await;
    crate::support::eventually("the proxy's own is replaced", || async {
        let reply = get(proxy.http(), "/", &[("Host", "h")]).await;
        (reply.header("x-page") == Some("1")).then_some(())
    })
    .await;
}

#[tokio::test]
async fn without_a_page_the_answer_goes_out_as_it_came() {
    let (web, gone) = (failing(false, 503, "theirs").await, Upstream::nowhere());
    for endpoints in [vec![], vec![gone], vec![gone, gone]] {
        let services = [Service::new("web", &[web.address]), Service::new("pages", &endpoints)];
        let proxy = Proxy::start(&objects(&[("custom-http-errors", "503")], &services), &[]).await;
        let reply = get(proxy.http(), "/", &[("Host", "h")]).await;
        assert_eq!((reply.status, reply.text().as_str()), (503, "theirs"));
        assert_eq!(http2::answer(&proxy, ("GET", "http://h/"), &[], "").await.2, "theirs");
        assert_eq!(proxy.settled("stable").await.outcomes.get(Outcome::ServerError), 2);
    }
}

#[tokio::test]
async fn a_page_that_breaks_off_leaves_a_sentence_with_the_status() {
    let web = failing(false, 503, "theirs").await;
    for answer in
        [&b""[..], b"nonsense\r\n\r\n", b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n\r\n"]
    {
        let pages = Upstream::raw(answer).await;
        let services = [Service::new("web", &[web.address]), Service::new("pages", &[pages.address])];
        let proxy = Proxy::start(&objects(&[("custom-http-errors", "503")], &services), &[]).await;
        let said = "503 Service Unavailable: the page for this answer did not come\n";
        let mut client = Client::connect(proxy.http()).await;
        for _ in 0..2 {
            let reply = client.get("/", &[("Host", "h")]).await;
            assert_eq!((reply.status, reply.text().as_str()), (503, said));
        }
        assert_eq!(http2::answer(&proxy, ("GET", "http://h/"), &[], "").await.2, said);
        let counts = proxy.settled("stable").await;
        assert_eq!((counts.outcomes.get(Outcome::ServerError), counts.outcomes.total()), (3, 3));
    }
}

#[tokio::test]
async fn a_body_that_is_still_coming_is_not_taken_for_a_request() {
    // Answers before the body has come, as many do that refuse one.
    let web = Upstream::scripted(|mut stream| async move {
        let _ = stream.write_all(b"HTTP/1.1 413 Too Large\r\nContent-Length: 0\r\n\r\n").await;
        let _ = tokio::io::copy(&mut stream, &mut tokio::io::sink()).await;
    })
    .await;
    let pages = pages(false, None).await;
    let services = [Service::new("web", &[web.address]), Service::new("pages", &[pages.address])];
    let proxy = Proxy::start(&objects(&[("custom-http-errors", "413")], &services), &[]).await;
    let mut client = Client::connect(proxy.http()).await;
    client.send("POST /a HTTP/1.1\r\nHost: h\r\nContent-Length: 100\r\n\r\nGET /smuggled HTTP/1.1\r\nHost: h\r\n\r\n").await;
    let reply = client.reply().await.unwrap();
    assert_eq!((reply.status, reply.header("x-page")), (413, Some("1")));
    assert!(reply.text().starts_with("page of GET /\n") && !reply.text().contains("content-length"));
    client.send([b'x'; 100]).await;
    assert!(client.reply().await.is_none(), "nothing else is answered on this connection");
    assert_eq!(pages.requests(), 1);
    // A body that is here as a whole is gone, and the connection goes on.
    let web = failing(false, 413, "").await;
    let services = [Service::new("web", &[web.address]), Service::new("pages", &[pages.address])];
    let proxy = Proxy::start(&objects(&[("custom-http-errors", "413")], &services), &[]).await;
    let mut client = Client::connect(proxy.http()).await;
    for n in 2..=4 {
        client.send(request("POST", "/a", &[("Host", "h")], "whole")).await;
        assert_eq!(client.reply().await.map(|reply| reply.status), Some(413));
        assert_eq!(pages.requests(), n);
    }
}

#[tokio::test]
async fn a_page_lets_nobody_in() {
    let (web, pages) = (Upstream::echo("web").await, pages(false, Some(200)).await);
    let services = || [Service::new("web", &[web.address]), Service::new("pages", &[pages.address])];
    let annotations = [("custom-http-errors", "403,413"), ("denylist-source-range", "127.0.0.0/8")];
    let proxy = Proxy::start(&objects(&annotations, &services()), &[]).await;
    let mut client = Client::connect(proxy.http()).await;
    for n in 1..=2 {
        let reply = client.get("/secret", &[("Host", "h")]).await;
        assert_eq!((reply.status, reply.header("x-page")), (200, Some("1")));
        assert!(reply.text().contains("x-code: 403\n") && reply.text().starts_with("page of GET /\n"));
        assert_eq!((web.requests(), pages.requests()), (0, n));
    }
    assert!(http2::answer(&proxy, ("GET", "http://h/secret"), &[], "").await.1.contains_key("x-page"));
    assert_eq!(web.requests(), 0);
    assert_eq!(proxy.metric("weir_requests_denied_total{reason=\"source_range\"}").await, 3);
    // Where there is no page the refusal itself is the answer.
    let annotations = [("custom-http-errors", "413"), ("proxy-body-size", "3")];
    let services = [Service::new("web", &[web.address]), Service::new("pages", &[])];
    let proxy = Proxy::start(&objects(&annotations, &services), &[]).await;
    let mut client = Client::connect(proxy.http()).await;
    for _ in 0..2 {
        client.send(request("POST", "/", &[("Host", "h")], "four")).await;
        let reply = client.reply().await.unwrap();
        assert!(reply.status == 413 && reply.text().contains("too large"), "{}", reply.text());
    }
    assert_eq!(web.requests(), 0);
}

#[tokio::test]
async fn what_cannot_be_read_is_said_and_left_out() {
    let web = failing(false, 404, "theirs").await;
    for (annotations, said) in [
        (&[("custom-http-errors", "404,200"), ("default-backend", "pages")][..], "is not a list of statuses"),
        (&[("custom-http-errors", ""), ("default-backend", "pages")], "is not a list of statuses"),
        (&[("custom-http-errors", "404")], "it has no effect without default-backend"),
        (&[("custom-http-errors", "404"), ("default-backend", "nobody")], "there is no Service shop/nobody"),
    ] {
        let rules = ingress("web", ("/", "Prefix"), "web", annotations);
        let services = [Service::new("web", &[web.address]), Service::new("pages", &[web.address])];
        let proxy = Proxy::start(&file(&[rules], &services), &[]).await;
        assert_eq!(get(proxy.http(), "/", &[("Host", "h")]).await.text(), "theirs");
        let problems = proxy.admin("/debug/problems").await.text();
        assert!(problems.contains(said), "{said} in {problems}");
    }
    let pages = pages(false, None).await;
    let services = [Service::new("web", &[web.address]), Service::new("pages", &[pages.address])];
    let proxy = Proxy::start(&objects(&[("custom-http-errors", "404")], &services), &[]).await;
    let routes = proxy.admin("/debug/routes?host=h&path=/").await.body;
    let routes: serde_json::Value = serde_json::from_slice(&routes).unwrap();
    let pages = &routes["candidates"][0]["route"]["policy"]["errorPages"];
    assert_eq!((&pages["statuses"][0], &pages["backend"]), (&404.into(), &"shop/pages".into()), "{routes}");
}

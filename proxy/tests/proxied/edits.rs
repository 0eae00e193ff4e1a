//! `proxy-cookie-domain`, `proxy-cookie-path`, `proxy-redirect-from` and `-to`: what is written anew in an answer's head.

use http::Response;

use crate::http2;
use crate::policies::ingress;
use crate::support::client::{get, request};
use crate::support::manifest::{Service, file};
use crate::support::proxy::Proxy;
use crate::support::upstream::{Upstream, full};

/// Answers with the fields that `X-Say` names: `name=value`, with `|` between them.
async fn web(h2: bool) -> Upstream {
    Upstream::serve(h2, |request| {
        Box::pin(async move {
            let mut response = Response::builder().status(302);
            for field in request.headers().get("x-say").unwrap().to_str().unwrap().split('|') {
                let (name, value) = field.split_once('=').unwrap();
                response = response.header(name, value);
            }
            response.body(full("")).unwrap()
        })
    })
    .await
}

async fn start(web: &Upstream, h2: bool, annotations: &[(&str, &str)]) -> Proxy {
    let service = Service::new("web", &[web.address]);
    let service = if h2 { service.h2c() } else { service };
    Proxy::start(&file(&[ingress("web", ("/", "Prefix"), "web", annotations)], &[service]), &[]).await
}

/// The fields that come for what the upstream says, over HTTP/1.1 and over HTTP/2; they must be the same.
async fn answered(proxy: &Proxy, said: &str, names: &[&str]) -> Vec<String> {
    let reply = get(proxy.http(), "/p?x=1", &[("Host", "h:81"), ("X-Say", said)]).await;
    let mine = |(name, value): (&str, &str)| names.contains(&name).then(|| format!("{name}={value}"));
    let one = reply.headers.iter().filter_map(|(name, value)| mine((name, value))).collect::<Vec<_>>();
    let (_, fields, _) = http2::answer(proxy, ("GET", "http://h:81/p?x=1"), &[("x-say", said)], "").await;
    let two = fields.iter().filter_map(|(name, value)| mine((name.as_str(), value.to_str().unwrap())));
    assert_eq!(one, two.collect::<Vec<_>>());
    one
}

#[tokio::test]
async fn redirects_of_the_upstream_lead_to_the_proxy() {
    for h2 in [false, true] {
        let web = web(h2).await;
        let to =
            [("proxy-redirect-from", "http://inner/two/"), ("proxy-redirect-to", "$scheme://$host/one/")];
        let proxy = start(&web, h2, &to).await;
        let names = ["location", "refresh", "x-other"];
        for (said, expected) in [
            ("location=http://inner/two/x?y=1", "location=http://h/one/x?y=1"),
            ("location=http://inner/twofold", "location=http://inner/twofold"),
            ("location=/two/", "location=/two/"),
            ("refresh=3; url=http://inner/two/x", "refresh=3; url=http://h/one/x"),
            ("x-other=http://inner/two/", "x-other=http://inner/two/"),
        ] {
            assert_eq!(answered(&proxy, said, &names).await, [expected], "{said}");
        }
    }
}

#[tokio::test]
async fn a_redirect_is_found_by_an_expression() {
    let web = web(false).await;
    let to = [
        ("proxy-redirect-from", "~*^http://([a-z]+)[.]inner(.*)$"),
        ("proxy-redirect-to", "https://$1.example$2"),
    ];
    let proxy = start(&web, false, &to).await;
    for (said, expected) in [
        ("location=HTTP://api.INNER/x?y", "location=https://api.example/x?y"),
        ("location=http://1.inner/x", "location=http://1.inner/x"),
    ] {
        assert_eq!(answered(&proxy, said, &["location"]).await, [expected], "{said}");
    }
}

#[tokio::test]
async fn cookies_of_the_upstream_are_the_proxys() {
    for h2 in [false, true] {
        let web = web(h2).await;
        let annotations = [("proxy-cookie-domain", "inner.example $host"), ("proxy-cookie-path", "/two/ /")];
        let proxy = start(&web, h2, &annotations).await;
        let said = "set-cookie=a=1; Domain=inner.example; Path=/two/x; Secure|set-cookie=b=/two/; path=/other|set-cookie=c=3; domain=.Inner.Example";
        let expected = [
            "set-cookie=a=1; Domain=h; Path=/x; Secure",
            "set-cookie=b=/two/; path=/other",
            "set-cookie=c=3; domain=.h",
        ];
        assert_eq!(answered(&proxy, said, &["set-cookie"]).await, expected);
    }
}

#[tokio::test]
async fn cookies_of_affinity_stay_as_they_are() {
    let web = web(false).await;
    let annotations = [("affinity", "cookie"), ("proxy-cookie-path", "/ /other/")];
    let proxy = start(&web, false, &annotations).await;
    let reply = get(proxy.http(), "/", &[("Host", "h"), ("X-Say", "set-cookie=a=1; Path=/")]).await;
    let cookies: Vec<_> = reply.headers.iter().filter(|(name, _)| name == "set-cookie").collect();
    assert_eq!(cookies.len(), 2);
    assert!(cookies[0].1 == "a=1; Path=/other/" && cookies[1].1.contains("; Path=/;"), "{cookies:?}");
}

#[tokio::test]
async fn what_a_client_says_makes_no_further_field() {
    let web = web(false).await;
    let to = [("proxy-redirect-from", "http://inner/"), ("proxy-redirect-to", "https://x/$http_x_where/")];
    let proxy = start(&web, false, &to).await;
    let headers = [("Host", "h"), ("X-Say", "location=http://inner/a"), ("X-Where", "a\tb")];
    let reply = get(proxy.http(), "/", &headers).await;
    assert_eq!(reply.header("location"), Some("https://x/a\tb/a"));
    let mut client = crate::support::client::Client::connect(proxy.http()).await;
    client
        .send(request(
            "GET",
            "/",
            &[("Host", "h"), ("X-Where", "a\rX-Evil: 1"), ("X-Say", "location=http://inner/a")],
            "",
        ))
        .await;
    let reply = client.reply().await;
    assert!(reply.is_none_or(|reply| reply.header("x-evil").is_none()));
}

#[tokio::test]
async fn what_cannot_be_read_is_said_and_left_out() {
    let web = web(false).await;
    for (name, value, said) in [
        ("proxy-cookie-path", "/two/", "is not two texts"),
        ("proxy-cookie-path", "/a /b /c", "is not two texts"),
        ("proxy-cookie-domain", "inner $server_name", "is not supported: the variables are"),
        ("proxy-cookie-domain", "~(?=a) b", "look-around is not supported"),
        ("proxy-redirect-from", "http://inner/", "it has no effect without proxy-redirect-to"),
        ("proxy-redirect-to", "/", "it has no effect without proxy-redirect-from"),
        ("proxy-redirect-from", "default", "which no answer has"),
    ] {
        let proxy = start(&web, false, &[(name, value)]).await;
        let kept = "set-cookie=a=1; Domain=inner; Path=/two/";
        assert_eq!(answered(&proxy, kept, &["set-cookie"]).await, [kept]);
        let problems = proxy.admin("/debug/problems").await.text();
        assert!(problems.contains(said), "{name}: {value}: {problems}");
    }
    let proxy = start(&web, false, &[("proxy-cookie-path", "off"), ("proxy-redirect-from", "off")]).await;
    assert!(!proxy.admin("/debug/problems").await.text().contains("proxy-"));
}

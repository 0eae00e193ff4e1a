//! What becomes of answers: fields, cookies, refusals, signing in.

use super::{Decider, all, ask, lines, outcomes, proxy};
use crate::http2;
use crate::support::client::{Client, request};
use crate::support::upstream::Upstream;

#[tokio::test]
async fn the_upstream_gets_what_was_said_of_the_client_and_nothing_that_the_client_says_of_itself() {
    for h2c in [false, true] {
        let web = if h2c { Upstream::echo_h2("web").await } else { Upstream::echo("web").await };
        let decider = Decider::start().await;
        let annotations = [
            ("auth-response-headers", "X-User, x-groups,X-Missing"),
            ("backend-protocol", if h2c { "GRPC" } else { "HTTP" }),
        ];
        let proxy = proxy(&web, &decider.url("/"), &annotations, &[]).await;
        let forged = [("x-user", "root"), ("x-groups", "wheel"), ("x-missing", "yes"), ("x-own", "1")];
        for user in [Some("ann"), None] {
            let mut headers = forged.to_vec();
            headers.extend(user.map(|user| ("x-as", user)));
            for text in [
                ask(&proxy, "/", &headers).await.text(),
                http2::answer(&proxy, ("GET", "http://h/"), &headers, "").await.2,
            ] {
                let expected = user.map(|_| vec!["x-user: ann"]).unwrap_or_default();
                assert_eq!(lines(&text, "x-user"), expected, "{text}");
                let expected = user.map(|_| vec!["x-groups: a", "x-groups: b"]).unwrap_or_default();
                assert_eq!(lines(&text, "x-groups"), expected, "{text}");
                assert_eq!(lines(&text, "x-missing"), [""; 0], "{text}");
                assert_eq!(lines(&text, "x-own"), ["x-own: 1"], "{text}");
                assert_eq!(lines(&text, "x-noise"), [""; 0], "{text}");
                assert_eq!(lines(&text, "x-request-id").len(), 1, "{text}");
            }
        }
    }
}

#[tokio::test]
async fn credentials_can_be_exchanged() {
    let web = Upstream::echo("web").await;
    let server = Upstream::raw(
        "HTTP/1.1 200 OK\r\nAuthorization: Bearer token\r\nCookie: s=2\r\nContent-Length: 0\r\n\r\n",
    )
    .await;
    let url = format!("http://{}/", server.address);
    let proxy = proxy(&web, &url, &[("auth-response-headers", "Authorization, Cookie")], &[]).await;
    let headers = [("Authorization", "Basic abc"), ("Cookie", "s=1"), ("Cookie", "t=1")];
    let text = ask(&proxy, "/", &headers).await.text();
    assert_eq!(lines(&text, "authorization"), ["authorization: Bearer token"], "{text}");
    assert_eq!(lines(&text, "cookie"), ["cookie: s=2"], "{text}");
}

#[tokio::test]
async fn cookies_reach_the_client_with_the_answers_that_nginx_sends_them_with() {
    let decider = Decider::start().await;
    let baked = vec!["a=1; Path=/".to_owned(), "b=2".to_owned()];
    for (status, always, sets) in [
        (200, "false", true),
        (302, "false", true),
        (404, "false", false),
        (404, "true", true),
        (503, "true", true),
    ] {
        let web = Upstream::status(status).await;
        let proxy = proxy(&web, &decider.url("/"), &[("auth-always-set-cookie", always)], &[]).await;
        let expected = if sets { baked.clone() } else { Vec::new() };
        let reply = ask(&proxy, "/", &[("X-Bake", "1")]).await;
        assert_eq!((reply.status, all(&reply, "set-cookie")), (status, expected.clone()), "{always}");
        let (_, fields, _) = http2::answer(&proxy, ("GET", "http://h/"), &[("x-bake", "1")], "").await;
        assert_eq!(
            fields.get_all("set-cookie").iter().cloned().collect::<Vec<_>>(),
            expected,
            "{status} {always}"
        );
    }
    // And so do answers of the proxy's own.
    let nobody = Upstream::echo("gone").await;
    let proxy = proxy(&nobody, &decider.url("/"), &[("auth-always-set-cookie", "true")], &[]).await;
    nobody.end().await;
    let reply = ask(&proxy, "/", &[("X-Bake", "1")]).await;
    assert_eq!((reply.status, all(&reply, "set-cookie")), (502, baked.clone()));
    let reply = ask(&proxy, "/", &[("X-Bake", "1"), ("X-Do", "403")]).await;
    assert_eq!((reply.status, all(&reply, "set-cookie")), (403, baked));
}

#[tokio::test]
async fn refusals_are_passed_on_and_the_connection_stays() {
    let (web, decider) = (Upstream::echo("web").await, Decider::start().await);
    let proxy = proxy(&web, &decider.url("/"), &[], &[]).await;
    let mut client = Client::connect(proxy.http()).await;
    for (does, method, body) in
        [("401", "GET", ""), ("403", "POST", "abc"), ("401", "HEAD", ""), ("403", "GET", "")]
    {
        client.send(request(method, "/", &[("Host", "h"), ("X-Do", does), ("X-Bake", "1")], body)).await;
        let reply = client.reply_to(method).await.unwrap();
        assert_eq!((reply.status.to_string().as_str(), reply.complete), (does, true), "{method}");
        assert!(method == "HEAD" || reply.text() == "<p>who are you?</p>");
        assert_eq!(all(&reply, "content-type"), ["text/html"]);
        let challenges = if does == "401" { vec!["Basic realm=\"x\"", "Bearer"] } else { Vec::new() };
        assert_eq!(all(&reply, "www-authenticate"), challenges);
        assert!(all(&reply, "set-cookie").is_empty() && all(&reply, "x-noise").is_empty());
    }
    let (status, fields, text) = http2::answer(&proxy, ("GET", "http://h/"), &[("x-do", "401")], "").await;
    assert_eq!((status, text.as_str()), (401, "<p>who are you?</p>"));
    assert_eq!(fields.get_all("www-authenticate").iter().count(), 2);
    assert_eq!(web.requests(), 0);
    assert_eq!(outcomes(&proxy).await, [0, 5, 0, 0]);
    assert_eq!(proxy.metric("weir_requests_denied_total{reason=\"external\"}").await, 5);
}

#[tokio::test]
async fn who_is_not_known_is_sent_to_sign_in_and_told_where_to_come_back() {
    let (web, decider) = (Upstream::echo("web").await, Decider::start().await);
    let back = "http://h:81%2Fa%2520b%3Fc%3D%2Fd%26e";
    for (signin, parameter, location) in [
        ("https://$host/start", None, format!("https://h/start?rd={back}")),
        ("https://login.example/?x=1", None, format!("https://login.example/?x=1&rd={back}")),
        (
            "https://login.example/start?rd=$scheme://$http_host$escaped_request_uri",
            None,
            format!("https://login.example/start?rd={back}"),
        ),
        ("/start?rd=x", Some("next"), format!("/start?rd=x&next={back}")),
        ("$scheme://$host/start?next=$arg_c", Some("next"), "http://h/start?next=/d".to_owned()),
    ] {
        let mut annotations = vec![("auth-signin", signin)];
        annotations.extend(parameter.map(|parameter| ("auth-signin-redirect-param", parameter)));
        let proxy = proxy(&web, &decider.url("/"), &annotations, &[]).await;
        let mut client = Client::connect(proxy.http()).await;
        let headers = [("Host", "h:81"), ("X-Do", "401"), ("X-Bake", "1")];
        let reply = client.get("/a%20b?c=/d&e", &headers).await;
        assert_eq!((reply.status, reply.header("location")), (302, Some(location.as_str())), "{signin}");
        assert_eq!(
            all(&reply, "set-cookie").len(),
            2,
            "what it needs to know the client by when it comes back"
        );
        let (status, fields, _) =
            http2::answer(&proxy, ("GET", "http://h:81/a%20b?c=/d&e"), &[("x-do", "401")], "").await;
        assert_eq!((status, fields.get("location").unwrap()), (302, &location.parse().unwrap()));
        // Who is known and may not come in is not sent anywhere.
        assert_eq!(client.get("/", &[("Host", "h"), ("X-Do", "403")]).await.status, 403);
        assert_eq!(outcomes(&proxy).await, [0, 1, 2, 0]);
        assert_eq!(proxy.metric("weir_requests_redirected_total{reason=\"signin\"}").await, 2);
    }
    assert_eq!(web.requests(), 0);
}

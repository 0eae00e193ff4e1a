//! What annotations say: variables, methods, and values that close the Ingress.

use super::{Decider, ask, proxy};
use crate::http2;
use crate::policies::ingress;
use crate::support::client::get;
use crate::support::manifest::{Service, file};
use crate::support::proxy::Proxy;
use crate::support::upstream::Upstream;

#[tokio::test]
async fn a_url_says_what_the_request_is() {
    let (web, decider) = (Upstream::echo("web").await, Decider::start().await);
    let path = "/$namespace/$ingress_name/$service_name/$service_port?u=$request_uri&e=$escaped_request_uri&h=$host&hh=$http_host\
                &s=$scheme&m=$request_method&x=$http_x_one&c=$cookie_s&a=$arg_b&i=${remote_addr}&l=$location_path";
    let proxy = proxy(&web, &decider.url(path), &[], &[]).await;
    let headers = [("Host", "h:81"), ("X-One", "a b#\u{e9}<"), ("Cookie", "t=1; s=2")];
    assert_eq!(get(proxy.http(), "/p?b=c&d", &headers).await.status, 200);
    let expected = "GET /shop/web/web/http?u=/p?b=c&d&e=%2Fp%3Fb%3Dc%26d&h=h&hh=h:81&s=http&m=GET&x=a%20b%23%C3%A9%3C&c=2&a=c\
                    &i=127.0.0.1&l=/";
    assert_eq!(decider.last().0, expected);
    let headers = [("x-one", "a b#"), ("cookie", "t=1"), ("cookie", "s=2")];
    assert_eq!(http2::answer(&proxy, ("POST", "http://h:81/p?b=c&d"), &headers, "x").await.0, 200);
    let expected = expected.replace("m=GET", "m=POST").replace("%23%C3%A9%3C", "%23");
    assert_eq!(decider.last().0, expected);
}

#[tokio::test]
async fn the_host_may_be_the_requests_where_it_is_one_of_the_ingresss() {
    let (web, decider) = (Upstream::echo("web").await, Decider::start().await);
    let port = decider.server.address.port();
    let rules =
        ingress("web", ("/", "Prefix"), "web", &[("auth-url", &format!("http://$host:{port}/verify"))]);
    let service = || Service::new("web", &[web.address]);
    let local = rules.replace("host: h,", "host: localhost,");
    let proxy = Proxy::start(&file(&[local], &[service()]), &[]).await;
    assert_eq!(get(proxy.http(), "/", &[("Host", "LOCALHOST:81"), ("X-Do", "200")]).await.status, 200);
    assert_eq!(get(proxy.http(), "/", &[("Host", "localhost"), ("X-Do", "403")]).await.status, 403);
    assert_eq!(decider.last().1.get("host").unwrap(), &format!("localhost:{port}"));
    // A rule for every host would let whoever asks choose who is asked.
    let any = rules.replace("host: h, ", "");
    let proxy = Proxy::start(&file(&[any], &[service()]), &[]).await;
    assert_eq!(get(proxy.http(), "/", &[("Host", "localhost")]).await.status, 503);
    let problems = proxy.admin("/debug/problems").await.text();
    assert!(problems.contains("give every rule a host, or write the URL without $host"), "{problems}");
    assert_eq!((decider.count(), web.requests()), (2, 1));
}

#[tokio::test]
async fn method_and_redirect_are_as_annotated() {
    let (web, decider) = (Upstream::echo("web").await, Decider::start().await);
    let annotations = [("auth-method", "POST"), ("auth-request-redirect", "https://$host/back?to=$uri")];
    let proxy = proxy(&web, &decider.url("/"), &annotations, &[]).await;
    assert_eq!(ask(&proxy, "/a?b", &[]).await.status, 200);
    let (line, asked) = decider.last();
    assert_eq!(line, "POST /");
    assert_eq!(asked.get("x-auth-request-redirect").unwrap(), "https://h/back?to=/a");
    assert_eq!(asked.get("x-original-method").unwrap(), "GET");
}

#[tokio::test]
async fn whoever_is_asked_gets_the_fields_of_a_config_map() {
    let (web, decider) = (Upstream::echo("web").await, Decider::start().await);
    let url = decider.url("/");
    let annotations =
        [("auth-url", &*url), ("auth-proxy-set-headers", "headers"), ("auth-cache-key", "$uri")];
    let objects = |fields: &str| {
        let map = format!(
            "apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: headers, namespace: shop}}\ndata: {{{fields}}}\n---\n"
        );
        let rules = [ingress("web", ("/", "Prefix"), "web", &annotations), map];
        file(&rules, &[Service::new("web", &[web.address])])
    };
    let fields = "X-Level: '7', X-Where: '$host$uri', Cookie: '', X-Odd: '$http_x_odd'";
    let proxy = Proxy::start(&objects(fields), &[]).await;
    let headers = [("X-Level", "0"), ("Cookie", "s=1"), ("X-Odd", "\u{e9}")];
    let text = ask(&proxy, "/a", &headers).await.text();
    // The upstream sees what the client says.
    assert!(text.contains("x-level: 0\n") && text.contains("cookie: s=1\n"), "{text}");
    let (_, asked) = decider.last();
    assert_eq!(asked.get_all("x-level").iter().collect::<Vec<_>>(), ["7"]);
    assert_eq!((asked.get("x-where").unwrap(), asked.get("cookie")), (&"h/a".parse().unwrap(), None));
    for (fields, words) in [
        ("X-Level: '$level'", "ConfigMap shop/headers: the value of X-Level: $level is not supported"),
        ("Content-Length: '7'", "Content-Length says how messages are sent"),
    ] {
        proxy.apply(&objects(fields)).await;
        assert_eq!(ask(&proxy, "/a", &[]).await.status, 503, "{fields}");
        assert!(proxy.admin("/debug/problems").await.text().contains(words), "{fields}");
    }
    // What was said to other fields is not said to these.
    proxy.apply(&objects("X-Level: '8'")).await;
    for _ in 0..2 {
        assert_eq!(ask(&proxy, "/a", &[]).await.status, 200);
    }
    assert_eq!((decider.last().1.get("x-level").unwrap(), decider.count()), (&"8".parse().unwrap(), 2));
}

#[tokio::test]
async fn what_cannot_be_read_closes_the_route_and_says_why() {
    let (web, decider) = (Upstream::echo("web").await, Decider::start().await);
    let url = decider.url("/");
    for (annotation, words) in [
        (("auth-url", "auth.example/verify"), "is not a URL: write it as in https://auth.example/verify"),
        (("auth-url", "http://me:secret@auth.example/"), "leave them out"),
        (
            ("auth-url", "auth.example/?key=secret"),
            "is not a URL: write it as in https://auth.example/verify",
        ),
        (("auth-url", "http://$http_x/"), "would choose the host that is asked about it"),
        (
            ("auth-url", "http://auth/$document_root"),
            "$document_root is not supported: the variables are $host",
        ),
        (("auth-method", "get"), "is not one of GET, HEAD, POST"),
        (("auth-method", "CONNECT"), "is not one of GET, HEAD, POST"),
        (("auth-signin", "login.example"), "is not a URL: write it as in https://$host/oauth2/start"),
        (("auth-signin", "https://$nonsense/"), "$nonsense is not supported"),
        (("auth-response-headers", "X User"), "is not the name of a header"),
        (("auth-response-headers", "X-User, Host"), "Host: only the proxy itself says this header"),
        (("auth-request-redirect", "$1"), "$1 is not supported"),
        (("auth-cache-key", "$body"), "$body is not supported"),
        (("auth-cache-duration", "200 5"), "is not statuses and a time"),
        (("auth-proxy-set-headers", "shop/headers"), "there is no ConfigMap shop/headers"),
        (("auth-proxy-set-headers", "other/headers"), "is in another namespace"),
        (
            ("auth-snippet", "deny all;"),
            "auth-snippet protects this Ingress, and is nginx's own configuration",
        ),
        (("auth-type", "digest"), "digest authentication is not supported"),
    ] {
        let mut annotations = vec![annotation];
        if annotation.0 != "auth-url" {
            annotations.push(("auth-url", &url));
        }
        let rules = ingress("web", ("/", "Prefix"), "web", &annotations);
        let proxy = Proxy::start(&file(&[rules], &[Service::new("web", &[web.address])]), &[]).await;
        assert_eq!(get(proxy.http(), "/", &[("Host", "h")]).await.status, 503, "{annotation:?}");
        let problems = proxy.admin("/debug/problems").await.text();
        let words = words.replace('"', "\\\"");
        assert!(
            problems.contains(&words) && problems.contains("its requests are answered 503"),
            "{problems}"
        );
        assert!(!problems.contains("secret"), "{problems}");
    }
    assert_eq!((web.requests(), decider.count()), (0, 0));
}

#[tokio::test]
async fn what_says_nothing_here_is_served_and_said_where_it_matters() {
    let (web, decider) = (Upstream::echo("web").await, Decider::start().await);
    let quiet = [
        ("auth-keepalive", "100"),
        ("auth-keepalive-requests", "1000"),
        ("auth-keepalive-timeout", "60"),
        ("auth-keepalive-share-vars", "true"),
        ("enable-global-auth", "true"),
    ];
    let proxy = proxy(&web, &decider.url("/"), &quiet, &[]).await;
    assert_eq!((ask(&proxy, "/", &[]).await.status, decider.count()), (200, 1));
    assert_eq!(proxy.admin("/debug/problems").await.text().matches("auth").count(), 0);
    for (annotation, words) in [
        (("enable-global-auth", "maybe"), "is neither true nor false"),
        (("auth-keepalive", "many"), "is not a whole number"),
        (("auth-always-set-cookie", "maybe"), "is neither true nor false"),
        (("auth-signin-redirect-param", "a=b"), "is not the name of a parameter, such as rd"),
        (("satisfy", "some"), "is neither all nor any"),
    ] {
        let proxy = self::proxy(&web, &decider.url("/"), &[annotation], &[]).await;
        assert_eq!(ask(&proxy, "/", &[("X-Do", "403")]).await.status, 403, "{annotation:?}");
        assert!(proxy.admin("/debug/problems").await.text().contains(words), "{annotation:?}");
    }
    let rules = ingress("web", ("/", "Prefix"), "web", &[("auth-signin", "https://login.example/")]);
    let proxy = Proxy::start(&file(&[rules], &[Service::new("web", &[web.address])]), &[]).await;
    assert_eq!(ask(&proxy, "/", &[]).await.status, 200);
    assert!(proxy.admin("/debug/problems").await.text().contains("it says nothing without auth-url"));
}

#[tokio::test]
async fn explain_says_who_is_asked_and_keeps_what_may_be_secret() {
    let web = Upstream::echo("web").await;
    let annotations = [("satisfy", "any"), ("allowlist-source-range", "192.0.2.0/24")];
    let proxy = proxy(&web, "https://auth.example/verify?token=secret", &annotations, &[]).await;
    let explained = proxy.admin("/debug/routes?host=h&path=/&client=198.51.100.1").await.text();
    assert!(explained.contains("all that once https://auth.example/verify lets it in"), "{explained}");
    assert!(!explained.contains("secret"), "{explained}");
    let explained = proxy.admin("/debug/routes?host=h&path=/&client=192.0.2.1").await.text();
    assert!(!explained.contains("all that once"), "{explained}");
}

#[tokio::test]
async fn a_change_of_whoever_is_asked_holds_for_the_next_request() {
    let (web, one, other) = (Upstream::echo("web").await, Decider::start().await, Decider::start().await);
    let objects = |url: Option<String>| {
        let annotations: Vec<_> = url.iter().map(|url| ("auth-url", url.as_str())).collect();
        file(&[ingress("web", ("/", "Prefix"), "web", &annotations)], &[Service::new("web", &[web.address])])
    };
    let proxy = Proxy::start(&objects(None), &[]).await;
    assert_eq!(ask(&proxy, "/", &[("X-Do", "403")]).await.status, 200);
    for decider in [&one, &other] {
        proxy.apply(&objects(Some(decider.url("/")))).await;
        assert_eq!(ask(&proxy, "/", &[("X-Do", "403")]).await.status, 403);
    }
    proxy.apply(&objects(None)).await;
    assert_eq!(ask(&proxy, "/", &[("X-Do", "403")]).await.status, 200);
    assert_eq!((one.count(), other.count()), (1, 1));
}

//! Texts with variables, filled for a request.

use weir_routing::variables::{Facts, Text};
use weir_routing::{Head, Headers};

use crate::objects::{World, simple, with};

/// Fills texts for a request of the path `/` that an Ingress `web` has, with these fields.
fn fill(headers: &dyn Headers, query: Option<&str>, fill: impl Fn(&Facts<'_>)) {
    let table = World::default().service("api", 1).ingress("web", &simple("/", "api")).clean();
    let head = Head { query, ..with(headers, "h", "/a%20b") };
    let route = table.find(&head).unwrap();
    fill(&Facts { head: &head, route, is_https: true, authority: "front:81" });
}

#[test]
fn a_text_is_filled_with_what_the_request_says() {
    let headers =
        vec![("Host", "h:80"), ("X-One", "1"), ("X-One", "2"), ("Cookie", "c=v"), ("Cookie", "e=f")];
    fill(&headers, Some("x=1&Y=%20&x=2"), |facts| {
        for (text, filled) in [
            ("plain", "plain"),
            ("$scheme://$host$request_uri", "https://h/a%20b?x=1&Y=%20&x=2"),
            ("${http_host}x$uri", "h:80x/a%20b"),
            ("$best_http_host", "front:81"),
            ("$http_x_one|$http_none|$cookie_c|$cookie_d", "1, 2||v|"),
            ("$http_cookie", "c=v; e=f"),
            ("$arg_x$arg_y$arg_z-$args", "1%20-x=1&Y=%20&x=2"),
            ("$uri$is_args$query_string", "/a%20b?x=1&Y=%20&x=2"),
            ("$escaped_request_uri", "%2Fa%2520b%3Fx%3D1%26Y%3D%2520%26x%3D2"),
            ("$binary_remote_addr$request_method", "127.0.0.1GET"),
            ("$namespace/$ingress_name/$service_name:$service_port$location_path", "shop/web/api:80/"),
            ("$1$host", "h"),
        ] {
            let parsed = Text::parse_with_groups(text).unwrap();
            assert_eq!(String::from_utf8(parsed.fill(facts)).unwrap(), filled, "{text}");
        }
    });
}

#[test]
fn what_is_not_there_is_empty() {
    fill(&(), Some("x&x=1&y"), |facts| {
        for (text, filled) in [
            ("$arg_x", "1"),
            ("$arg_y|$http_x|$cookie_x|$http_cookie", "|||"),
            // HTTP/2 has a host without this header.
            ("$http_host", "front:81"),
        ] {
            assert_eq!(String::from_utf8(Text::parse(text).unwrap().fill(facts)).unwrap(), filled, "{text}");
        }
    });
    fill(&(), None, |facts| assert_eq!(Text::parse("$args$is_args").unwrap().fill(facts), b""));
    fill(&(), Some(""), |facts| assert_eq!(Text::parse("$args$is_args").unwrap().fill(facts), b""));
}

#[test]
fn a_url_has_nothing_of_a_request_that_no_url_may_have() {
    let headers = vec![("X-One", "a b#<\u{e9}"), ("X-One", "%2F"), ("X-Two", "a/b?c=d&e")];
    fill(&headers, None, |facts| {
        let text = Text::parse("/#$http_x_one|$http_x_two").unwrap();
        assert_eq!(text.fill_url(facts), "/#a%20b%23%3C%C3%A9,%20%2F|a/b?c=d&e");
        assert_eq!(text.fill(facts), "/#a b#<\u{e9}, %2F|a/b?c=d&e".as_bytes());
    });
}

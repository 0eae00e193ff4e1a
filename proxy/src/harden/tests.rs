//! Each rule with what it lets pass and what it refuses.

use weir_routing::head::Headers as _;

use super::framing::{self, Framing, Unframed};
use super::{HostField, Present, RawHead, Version, check, hop_by_hop, trailers};
use crate::error::Refusal;

type Fields = Vec<(&'static str, &'static str)>;

fn verdict(
    version: Version,
    method: &str,
    authority: Option<&str>,
    target: &str,
    headers: &Fields,
) -> Result<String, Refusal> {
    let present = Present::of_names(headers.iter().map(|(name, _)| name.as_bytes()));
    let hosts = headers.iter().filter(|(name, _)| *name == "host");
    let host = HostField::of(hosts.map(|(_, value)| value.as_bytes()));
    let target = target.as_bytes();
    let raw = RawHead { version, method, scheme: None, authority, target, host, headers, present };
    check(&raw).map(|checked| format!("{}{}", checked.host, checked.target.path))
}

#[test]
fn a_request_has_exactly_one_valid_host() {
    use Version::{Http2, Http10, Http11};
    for (version, authority, hosts, expected) in [
        (Http11, None, vec!["a.example"], Ok("a.example/")),
        (Http11, None, vec!["A.Example:80"], Ok("a.example/")),
        (Http11, None, vec![], Err(Refusal::HostMissing)),
        (Http11, None, vec!["a", "a"], Err(Refusal::HostDoubled)),
        (Http11, None, vec!["a", "b"], Err(Refusal::HostDoubled)),
        (Http11, None, vec![""], Err(Refusal::HostInvalid)),
        (Http11, None, vec!["a, b"], Err(Refusal::HostInvalid)),
        (Http11, None, vec!["a/b"], Err(Refusal::HostInvalid)),
        (Http11, None, vec!["u@a"], Err(Refusal::HostInvalid)),
        (Http11, None, vec!["a b"], Err(Refusal::HostInvalid)),
        (Http11, Some("evil"), vec!["a.b"], Err(Refusal::HostMismatch)),
        (Http11, Some("a.b"), vec!["A.B."], Ok("a.b/")),
        (Http11, Some("a.b"), vec![], Err(Refusal::HostMissing)),
        (Http11, Some("u@a.b"), vec!["a.b"], Err(Refusal::HostInvalid)),
        (Http10, None, vec![], Ok("/")),
        (Http10, None, vec!["a"], Ok("a/")),
        (Http2, Some("a"), vec![], Ok("a/")),
        (Http2, Some("a"), vec!["b"], Err(Refusal::HostMismatch)),
        (Http2, None, vec!["a"], Ok("a/")),
        (Http2, None, vec![], Err(Refusal::HostMissing)),
    ] {
        let fields = hosts.iter().map(|host| ("host", *host)).collect();
        let got = verdict(version, "GET", authority, "/", &fields);
        assert_eq!(got.as_deref().map_err(|r| *r), expected, "{version:?} {authority:?} {hosts:?}");
    }
}

#[test]
fn methods_and_targets_that_no_route_may_see_are_refused() {
    for (method, target, expected) in [
        ("CONNECT", "/", Err(Refusal::MethodNotAllowed)),
        ("TRACE", "/", Err(Refusal::MethodNotAllowed)),
        ("get", "/", Err(Refusal::Method)),
        ("PROPFIND", "/", Ok("a/")),
        ("M-SEARCH", "/", Ok("a/")),
        ("GET", "*", Err(Refusal::Asterisk)),
        ("OPTIONS", "*", Ok("a*")),
        ("GET", "/a//b/../%7ec", Ok("a/a/~c")),
    ] {
        let got = verdict(Version::Http11, method, None, target, &vec![("host", "a")]);
        assert_eq!(got.as_deref().map_err(|r| *r), expected, "{method} {target}");
    }
    let long = "A".repeat(33);
    assert_eq!(verdict(Version::Http11, &long, None, "/", &vec![("host", "a")]), Err(Refusal::Method));
    for target in ["/%00", "/a\\b", "/%5c", "/..%2f", ""] {
        let got = verdict(Version::Http11, "GET", None, target, &vec![("host", "a")]);
        assert!(matches!(got, Err(Refusal::Target(_))), "{target}: {got:?}");
    }
}

#[test]
fn only_one_plain_chunked_is_a_transfer_encoding() {
    for (version, values, ok) in [
        (Version::Http11, vec!["chunked"], true),
        (Version::Http11, vec!["Chunked"], true),
        (Version::Http11, vec!["gzip, chunked"], false),
        (Version::Http11, vec!["chunked, chunked"], false),
        (Version::Http11, vec!["chunked", "chunked"], false),
        (Version::Http11, vec![", chunked"], false),
        (Version::Http11, vec!["\x0bchunked"], false),
        (Version::Http11, vec!["identity"], false),
        (Version::Http10, vec!["chunked"], false),
        (Version::Http2, vec!["chunked"], false),
    ] {
        let mut fields: Fields = vec![("host", "a")];
        fields.extend(values.iter().map(|value| ("transfer-encoding", *value)));
        assert_eq!(verdict(version, "POST", None, "/", &fields).is_ok(), ok, "{version:?} {values:?}");
    }
    let expects =
        |value| verdict(Version::Http11, "POST", None, "/", &vec![("host", "a"), ("expect", value)]);
    assert!(expects("100-Continue").is_ok());
    assert_eq!(expects("200-ok"), Err(Refusal::Expectation));
}

#[test]
fn a_response_has_one_end_or_none() {
    const MOST: u64 = i64::MAX.cast_unsigned();
    for (status, fields, expected) in [
        (200, vec![], Ok(Framing::Sound { length: None })),
        (200, vec![("content-length", "5")], Ok(Framing::Sound { length: Some(5) })),
        (200, vec![("content-length", "05")], Ok(Framing::Sound { length: Some(5) })),
        (200, vec![("content-length", "5, 5")], Ok(Framing::Sound { length: Some(5) })),
        (200, vec![("content-length", "5"), ("content-length", "6")], Err(Unframed)),
        (200, vec![("content-length", "+5")], Err(Unframed)),
        (200, vec![("content-length", "9223372036854775807")], Ok(Framing::Sound { length: Some(MOST) })),
        (200, vec![("content-length", "9223372036854775808")], Err(Unframed)),
        (200, vec![("content-length", "99999999999999999999")], Err(Unframed)),
        (200, vec![("transfer-encoding", "chunked")], Ok(Framing::Sound { length: None })),
        (200, vec![("transfer-encoding", "chunked, gzip")], Err(Unframed)),
        (200, vec![("content-length", "5"), ("transfer-encoding", "chunked")], Ok(Framing::Doubtful)),
        (204, vec![("content-length", "0")], Ok(Framing::Doubtful)),
        (304, vec![("content-length", "10")], Ok(Framing::Sound { length: Some(10) })),
    ] {
        let headers: Fields = fields;
        assert_eq!(framing::response(status, &headers), expected, "{status} {headers:?}");
    }
}

#[test]
fn connection_removes_what_it_names_but_never_what_others_decide_by() {
    let headers: Fields = vec![
        ("connection", "close, X-Hop, host , content-length,X-Forwarded-For"),
        ("connection", "Cookie,upgrade, x-second"),
        ("keep-alive", "max=5, timeout = 7"),
        ("te", "deflate;q=0.5, trailers"),
    ];
    let mut named = Vec::new();
    hop_by_hop::named(&headers, &mut |name| named.push(String::from_utf8(name.to_vec()).unwrap()));
    assert_eq!(named, ["X-Hop", "x-second"]);
    assert!(hop_by_hop::has_option(&headers, "upgrade") && !hop_by_hop::has_option(&headers, "up"));
    assert!(hop_by_hop::takes_trailers(&headers));
    assert_eq!(hop_by_hop::keep_alive_seconds(headers.get("keep-alive").unwrap()), Some(7));
}

#[test]
fn trailers_pass_by_a_list() {
    for (name, pass) in [
        ("grpc-status", true),
        ("x-checksum", true),
        ("content-digest", true),
        ("content-length", false),
        ("host", false),
        ("authorization", false),
        ("transfer-encoding", false),
        ("x-forwarded-for", false),
        ("x-real-ip", false),
        ("x_a", false),
        ("set-cookie", false),
    ] {
        assert_eq!(trailers::is_allowed(name), pass, "{name}");
    }
}

#[test]
fn only_a_lone_upgrade_other_than_h2c_is_passed_on() {
    let asked = |version, fields: Fields| {
        let present = Present::of_names(fields.iter().map(|(name, _)| name.as_bytes()));
        let raw = RawHead {
            version,
            method: "GET",
            scheme: None,
            authority: None,
            target: b"/",
            host: HostField::Missing,
            headers: &fields,
            present,
        };
        super::upgrade::asked(&raw).map(|upgrade| String::from_utf8(upgrade.0.to_vec()).unwrap())
    };
    let fields = |upgrade| vec![("connection", "keep-alive, Upgrade"), ("upgrade", upgrade)];
    assert_eq!(asked(Version::Http11, fields("websocket")).as_deref(), Some("websocket"));
    for (version, fields) in [
        (Version::Http11, fields("h2c")),
        (Version::Http11, fields("websocket, h2c")),
        (Version::Http10, fields("websocket")),
        (Version::Http2, fields("websocket")),
        (Version::Http11, vec![("upgrade", "websocket")]),
        (Version::Http11, vec![("connection", "upgrade"), ("upgrade", "a"), ("upgrade", "b")]),
    ] {
        assert_eq!(asked(version, fields.clone()), None, "{version:?} {fields:?}");
    }
}

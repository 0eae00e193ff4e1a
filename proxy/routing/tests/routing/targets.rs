//! Request targets and hosts have one form, or are refused.

use std::borrow::Cow;

use proptest::prelude::{any, prop, prop_assert, prop_assert_eq, proptest};
use weir_routing::target::{EncodedSlash, Policy, TargetError, host, normalise, path};

use TargetError::{Backslash, Control, Empty, EncodedSlash as Slash, Form, Fragment, Host, Nul, Percent};

const REFUSE: Policy = Policy { encoded_slash: EncodedSlash::Refuse, max_length: 8192 };

/// Paths and their one form.
const PATHS: &[(&str, &str)] = &[
    // Nothing to do.
    ("/", "/"),
    ("/a", "/a"),
    ("/a/", "/a/"),
    ("/a/b", "/a/b"),
    ("/.well-known/x", "/.well-known/x"),
    ("/..a/b", "/..a/b"),
    ("/a../b", "/a../b"),
    ("/...", "/..."),
    ("/a;v=1/b", "/a;v=1/b"),
    ("/a:b@c!$&'()*+,=", "/a:b@c!$&'()*+,="),
    ("/a|b{}[]", "/a|b{}[]"),
    // Slashes merge.
    ("//", "/"),
    ("///a", "/a"),
    ("/a//b", "/a/b"),
    ("/a//", "/a/"),
    ("//a///b////", "/a/b/"),
    // Dot segments.
    ("/.", "/"),
    ("/./", "/"),
    ("/./a", "/a"),
    ("/a/.", "/a/"),
    ("/a/./b", "/a/b"),
    ("/..", "/"),
    ("/../", "/"),
    ("/../../a", "/a"),
    ("/a/..", "/"),
    ("/a/../", "/"),
    ("/a/b/..", "/a/"),
    ("/a/b/../", "/a/"),
    ("/a/b/../c", "/a/c"),
    ("/a/../../b", "/b"),
    ("/a//../b", "/b"),
    ("//a/../b/%2e%2e/c", "/c"),
    ("/a/%2e/b", "/a/b"),
    ("/a/%2E%2E/b", "/b"),
    ("/a/.%2e/b", "/b"),
    ("/a/%2e.", "/"),
    // Unreserved characters are decoded, other escapes written in capitals.
    ("/%41", "/A"),
    ("/%7euser", "/~user"),
    ("/%2D%5f%2e", "/-_."),
    ("/%61%62", "/ab"),
    ("/a%20b", "/a%20b"),
    ("/%c3%a9", "/%C3%A9"),
    ("/%3a", "/%3A"),
    ("/%25", "/%25"),
    ("/%2541", "/%2541"),
    ("/%252f", "/%252f"),
    ("/%252F..", "/%252F.."),
    ("/%3Fq", "/%3Fq"),
    ("/%23", "/%23"),
    // Raw bytes outside ASCII are encoded.
    ("/\u{e9}", "/%C3%A9"),
    ("/\u{e9}/../a", "/a"),
    // An encoded slash is part of its segment.
    ("/a%2fb", "/a%2Fb"),
    ("/@scope%2Fname", "/@scope%2Fname"),
    ("/a%2F/b", "/a%2F/b"),
    ("/a%2F../b", "refused"),
    ("/a%2F%2E%2E%2Fb", "refused"),
    ("/..%2fb", "refused"),
    ("/.%2fb", "refused"),
    ("/a/%2F..", "refused"),
];

#[test]
fn a_path_has_one_form() {
    for (raw, expected) in PATHS.iter().copied() {
        match path(raw.as_bytes(), &Policy::default()) {
            Ok(normal) => {
                assert_eq!(normal, expected, "{raw}");
                assert_eq!(
                    matches!(normal, Cow::Borrowed(_)),
                    raw == expected,
                    "{raw}: borrowed only where nothing changes"
                );
            }
            Err(error) => assert_eq!((expected, error), ("refused", Slash), "{raw}"),
        }
    }
}

#[test]
fn what_two_programs_could_read_differently_is_refused() {
    for (raw, expected) in [
        (&b""[..], Empty),
        (b"a", Form),
        (b"a/b", Form),
        (b"/\0", Control(0)),
        (b"/a\x01", Control(1)),
        (b"/a b", Control(b' ')),
        (b"/a\tb", Control(9)),
        (b"/a\r\nb", Control(13)),
        (b"/a\x7f", Control(0x7f)),
        (b"/%00", Nul),
        (b"/a/%00/../b", Nul),
        (b"/a\\b", Backslash),
        (b"/a%5cb", Backslash),
        (b"/a%5Cb", Backslash),
        (b"/..\\..", Backslash),
        (b"/a#b", Fragment),
        (b"/%", Percent),
        (b"/%4", Percent),
        (b"/%zz", Percent),
        (b"/%4g", Percent),
        (b"/%%41", Percent),
        (b"/a%", Percent),
        (b"/%u0041", Percent),
    ] {
        assert_eq!(path(raw, &Policy::default()), Err(expected), "{}", raw.escape_ascii());
    }
    assert_eq!(path(b"/a%2Fb", &REFUSE), Err(Slash));
    let short = Policy { max_length: 8, ..Policy::default() };
    assert_eq!(path(b"/1234567", &short).unwrap(), "/1234567");
    assert_eq!(path(b"/12345678", &short), Err(TargetError::TooLong(8)));
    assert_eq!(normalise(b"/12345678", &short), Err(TargetError::TooLong(8)));
}

#[test]
fn a_target_is_a_path_a_url_or_an_asterisk() {
    for (raw, expected) in [
        ("/a/../b?x=/../y", Ok((None, "/b", Some("x=/../y")))),
        ("/?", Ok((None, "/", Some("")))),
        ("/a?b?c", Ok((None, "/a", Some("b?c")))),
        ("/a?%zz%00\\", Ok((None, "/a", Some("%zz%00\\")))),
        ("/a?\u{e9}", Ok((None, "/a", Some("%C3%A9")))),
        ("/a?b c", Err(Control(b' '))),
        ("/a?b#c", Err(Fragment)),
        ("/#", Err(Fragment)),
        ("*", Ok((None, "*", None))),
        ("**", Err(Form)),
        ("?a", Err(Form)),
        ("http://Shop.Example:80/a//b?c", Ok((Some("shop.example"), "/a/b", Some("c")))),
        ("HTTPS://shop.example", Ok((Some("shop.example"), "/", None))),
        ("http://shop.example?q", Ok((Some("shop.example"), "/", Some("q")))),
        ("http://shop.example#f", Err(Fragment)),
        ("http://", Err(Host)),
        ("http:///a", Err(Host)),
        ("http://user@shop.example/", Err(Host)),
        ("http:/a", Err(Form)),
        ("ftp://shop.example/", Err(Form)),
        ("shop.example:443", Err(Form)),
        ("", Err(Empty)),
    ] {
        let found = normalise(raw.as_bytes(), &Policy::default());
        let found =
            found.as_ref().map(|n| (n.authority.as_deref(), &*n.path, n.query.as_deref())).map_err(|e| *e);
        assert_eq!(found, expected, "{raw}");
    }
}

#[test]
fn a_host_has_one_form() {
    for (raw, expected) in [
        ("shop.example", Some("shop.example")),
        ("SHOP.Example", Some("shop.example")),
        ("shop.example:8080", Some("shop.example")),
        ("shop.example:", Some("shop.example")),
        ("shop.example.", Some("shop.example")),
        ("Shop.example.:443", Some("shop.example")),
        ("localhost", Some("localhost")),
        ("127.0.0.1:80", Some("127.0.0.1")),
        ("a_b.example", Some("a_b.example")),
        ("xn--bcher-kva.example", Some("xn--bcher-kva.example")),
        ("[::1]", Some("[::1]")),
        ("[::1]:8080", Some("[::1]")),
        ("[0:0:0:0:0:0:0:1]", Some("[::1]")),
        ("[2001:DB8::A]", Some("[2001:db8::a]")),
        ("", None),
        (".", None),
        ("..", None),
        ("a..b", None),
        (".a", None),
        ("a.:b", None),
        ("a:b", None),
        ("a:65536", None),
        ("a:-1", None),
        ("a:+80", None),
        ("a:80:80", None),
        ("::1", None),
        ("[::1", None),
        ("[::1]x", None),
        ("[::1]:x", None),
        ("[fe80::1%25eth0]", None),
        ("[v1.x]", None),
        ("[]", None),
        ("user@a", None),
        ("a/b", None),
        ("a, b", None),
        ("a b", None),
        ("a%2eb", None),
        ("a\\b", None),
        ("a?b", None),
        ("b\u{fc}cher.example", None),
        ("a\0", None),
        ("*.a", None),
    ] {
        let found = host(raw.as_bytes());
        assert_eq!(found.as_deref().ok(), expected, "{raw}");
        if raw == "shop.example:8080" || raw == "[::1]:8080" {
            assert!(matches!(found, Ok(Cow::Borrowed(_))), "cutting the port off copies nothing");
        }
    }
    assert!(host(format!("{}.example", "a".repeat(63)).as_bytes()).is_ok());
    assert!(host(format!("{}.example", "a".repeat(64)).as_bytes()).is_err());
    assert!(host(["a"; 127].join(".").as_bytes()).is_ok());
    assert!(host(["a"; 128].join(".").as_bytes()).is_err());
}

/// Bytes of which normalisation makes something.
fn pieces() -> impl proptest::strategy::Strategy<Value = Vec<u8>> {
    use proptest::strategy::Strategy;
    let piece = prop::sample::select(vec![
        "/", "//", ".", "..", "%2e", "%2E", "%2f", "%2F", "%41", "%c3", "a", "B", "%25", "\u{e9}", "%", "?",
        ";", "~", "%7e", "%7F", "%5c", "%00",
    ]);
    prop::collection::vec(piece, 0..12).prop_map(|pieces| format!("/{}", pieces.concat()).into_bytes())
}

proptest! {
    #[test]
    fn any_bytes_give_a_result_and_the_result_stays(bytes in any::<Vec<u8>>()) {
        stays(&bytes)?;
    }

    #[test]
    fn any_path_gives_a_result_and_the_result_stays(bytes in pieces()) {
        stays(&bytes)?;
    }
}

fn stays(bytes: &[u8]) -> Result<(), proptest::test_runner::TestCaseError> {
    for policy in [Policy::default(), REFUSE] {
        if let Ok(first) = normalise(bytes, &policy) {
            let again = path(first.path.as_bytes(), &policy);
            if first.path != "*" {
                prop_assert_eq!(again.as_deref(), Ok(&*first.path));
                prop_assert!(matches!(again, Ok(Cow::Borrowed(_))));
                prop_assert!(first.path.starts_with('/') && first.path.is_ascii());
                prop_assert!(!first.path.contains("//"));
                prop_assert!(first.path.split('/').all(|segment| segment != "." && segment != ".."));
            }
        }
        if let Ok(first) = host(bytes) {
            let again = host(first.as_bytes());
            prop_assert_eq!(again.as_deref(), Ok(&*first));
        }
    }
    Ok(())
}

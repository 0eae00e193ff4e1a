//! Heads of requests: what a caller gets from one, and what one may cost.

use weir_http1::request::Head;
use weir_http1::{Length, Limits, MOST_FIELDS, Name, Refused, Version};

fn read(bytes: &[u8]) -> (Head, usize) {
    let mut head = Head::default();
    let len = head.read(bytes, 0, &Limits::default()).expect("valid").expect("whole");
    (head, len)
}

fn limited(bytes: &[u8], limits: &Limits) -> Result<Option<usize>, Refused> {
    Head::default().read(bytes, 0, limits)
}

#[test]
fn a_head_gives_its_parts_as_they_were_sent() {
    let bytes = b"\r\nPoST /a?b HTTP/1.0\r\nHoSt: \t x \r\nX-A:1\r\nX-a: 2\r\nAccept: */*\r\n\r\nrest";
    let (head, len) = read(bytes);
    assert_eq!(len, bytes.len() - 4);
    let head_bytes = &bytes[..len];
    assert_eq!((head.method(head_bytes), head.target(head_bytes)), (&b"PoST"[..], &b"/a?b"[..]));
    assert_eq!((head.version, head.length), (Version::Http10, Length::None));
    let fields: Vec<_> =
        head.fields.iter(bytes).map(|field| (field.known, field.name, field.value)).collect();
    assert_eq!(
        fields,
        [
            (Name::Host, &b"HoSt"[..], &b"x"[..]),
            (Name::Other, b"X-A", b"1"),
            (Name::Other, b"X-a", b"2"),
            (Name::Other, b"Accept", b"*/*"),
        ]
    );
    assert!(head.fields.has(Name::Host) && !head.fields.has(Name::Cookie) && !head.fields.is_empty());
    assert_eq!(head.fields.get(bytes, Name::Host), Some(&b"x"[..]));
    assert_eq!(head.fields.values(bytes, Name::Other).count(), 3);
}

#[test]
fn a_head_that_is_used_again_keeps_nothing_of_the_one_before() {
    let (mut head, _) = read(b"POST /long/target HTTP/1.0\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello");
    assert_eq!((head.length, head.fields.len()), (Length::Bytes(5), 2));
    let bytes = b"GET / HTTP/1.1\r\n\r\n";
    head.read(bytes, 0, &Limits::default()).expect("valid").expect("whole");
    assert_eq!((head.method(bytes), head.target(bytes)), (&b"GET"[..], &b"/"[..]));
    assert_eq!((head.version, head.length, head.fields.len()), (Version::Http11, Length::None, 0));
    assert!(!head.fields.has(Name::Host) && !head.fields.has(Name::ContentLength));
}

#[test]
fn a_request_has_exactly_the_body_that_its_fields_say() {
    for (fields, length) in [
        ("", Length::None),
        ("Content-Length: 0\r\n", Length::None),
        ("Content-Length: 00\r\n", Length::None),
        ("Content-Length: 7\r\n", Length::Bytes(7)),
        ("Content-Length: 9223372036854775807\r\n", Length::Bytes(9_223_372_036_854_775_807)),
        ("Transfer-Encoding: chunked\r\n", Length::Chunked),
        ("TE: chunked\r\nTrailer: x\r\n", Length::None),
    ] {
        for method in ["GET", "POST", "HEAD", "DELETE"] {
            let bytes = format!("{method} / HTTP/1.1\r\n{fields}\r\n");
            assert_eq!(read(bytes.as_bytes()).0.length, length, "{bytes:?}");
        }
    }
}

#[test]
fn a_head_may_have_as_many_bytes_as_the_limit_and_no_more() {
    let bytes = b"GET / HTTP/1.1\r\nHost: a\r\n\r\n";
    let limits = |bytes| Limits { bytes, ..Limits::default() };
    assert_eq!(limited(bytes, &limits(bytes.len())), Ok(Some(bytes.len())));
    assert_eq!(limited(bytes, &limits(bytes.len() - 1)), Err(Refused::TooLong));
    // What follows the head does not count.
    let more = [&bytes[..], &[b'x'; 100]].concat();
    assert_eq!(limited(&more, &limits(bytes.len())), Ok(Some(bytes.len())));
    // Neither whole nor able to become so.
    assert_eq!(limited(&bytes[..20], &limits(20)), Err(Refused::TooLong));
    assert_eq!(limited(&bytes[..20], &limits(21)), Ok(None));
    assert_eq!(Head::default().read(&bytes[..20], 19, &limits(20)), Err(Refused::TooLong));
}

#[test]
fn a_head_may_have_as_many_fields_as_the_limit_and_no_more() {
    let bytes = |fields| format!("GET / HTTP/1.1\r\n{}\r\n", "a: b\r\n".repeat(fields)).into_bytes();
    for most in [0, 1, 100, MOST_FIELDS] {
        let limits = Limits { fields: most, ..Limits::default() };
        assert_eq!(limited(&bytes(most), &limits), Ok(Some(bytes(most).len())), "{most}");
        assert_eq!(limited(&bytes(most + 1), &limits), Err(Refused::TooManyFields), "{most}");
    }
    // Before the head is whole, too.
    let unfinished = bytes(101);
    assert_eq!(limited(&unfinished[..unfinished.len() - 2], &Limits::default()), Err(Refused::TooManyFields));
    let beyond = Limits { fields: 1000, ..Limits::default() };
    assert_eq!(limited(&bytes(MOST_FIELDS + 1), &beyond), Err(Refused::TooManyFields));
    assert_eq!(Limits::default(), Limits { fields: 100, bytes: 32 * 1024 });
}

#[test]
fn most_faults_are_told_before_the_head_is_whole() {
    for (bytes, why) in [
        (&b"\x16\x03\x01"[..], Refused::StartLine),
        (b"GET /\r\n", Refused::StartLine),
        (b"GET / HTTP/2", Refused::Version),
        (b"GET / HTTP/1.1\r\nHost : a", Refused::FieldName),
        (b"GET / HTTP/1.1\r\nHost: a\0", Refused::FieldValue),
        (b"\n", Refused::LineEnd),
        (b"\r\n\r\n", Refused::StartLine),
    ] {
        assert_eq!(limited(bytes, &Limits::default()), Err(why), "{bytes:?}");
    }
}

#[test]
fn every_form_of_the_end_is_seen_when_it_comes_late() {
    let head = &b"GET / HTTP/1.1\r\nHost: a"[..];
    for (end, expected) in [
        (&b"\r\n\r\n"[..], Ok(Some(head.len() + 4))),
        (b"\n\n", Err(Refused::LineEnd)),
        (b"\r\n\n", Err(Refused::LineEnd)),
        (b"\n\r\n", Err(Refused::LineEnd)),
    ] {
        let bytes = [head, end].concat();
        for seen in head.len()..bytes.len() {
            let read = Head::default().read(&bytes, seen, &Limits::default());
            assert_eq!(read, expected, "{end:?}, of which {} were seen", seen - head.len());
        }
    }
}

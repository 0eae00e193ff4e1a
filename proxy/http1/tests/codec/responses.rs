//! Heads of responses: what a caller gets from one, and how long its body is.

use weir_http1::length::ResponseLength;
use weir_http1::response::Head;
use weir_http1::{Length, Limits, Refused};

fn read(bytes: &[u8], to_head: bool) -> Result<Head, Refused> {
    let mut head = Head::default();
    let len = head.read(bytes, 0, &Limits::default(), to_head)?;
    assert_eq!(len, Some(bytes.len()), "{:?}", String::from_utf8_lossy(bytes));
    Ok(head)
}

fn length(status: u16, fields: &str, to_head: bool) -> (Length, Option<u64>, bool) {
    let bytes = format!("HTTP/1.1 {status} x\r\n{fields}\r\n");
    let ResponseLength { body, declared, doubtful } = read(bytes.as_bytes(), to_head).expect(&bytes).length;
    (body, declared, doubtful)
}

const NONE: &str = "";
const ZERO: &str = "Content-Length: 0\r\n";
const FIVE: &str = "Content-Length: 5\r\n";
const FIVES: &str = "Content-Length: 5, 5\r\nContent-Length: 5\r\n";
const CHUNKED: &str = "Transfer-Encoding: chunked\r\n";
const BOTH: &str = "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n";

#[test]
fn an_ordinary_response_has_the_body_that_its_fields_say() {
    for status in [200, 201, 205, 206, 301, 400, 404, 500, 999] {
        assert_eq!(length(status, NONE, false), (Length::UntilEnd, None, false), "{status}");
        assert_eq!(length(status, ZERO, false), (Length::None, Some(0), false), "{status}");
        assert_eq!(length(status, FIVE, false), (Length::Bytes(5), Some(5), false), "{status}");
        assert_eq!(length(status, FIVES, false), (Length::Bytes(5), Some(5), false), "{status}");
        assert_eq!(length(status, CHUNKED, false), (Length::Chunked, None, false), "{status}");
    }
}

#[test]
fn a_length_beside_chunked_loses_and_is_doubtful() {
    assert_eq!(length(200, BOTH, false), (Length::Chunked, Some(5), true));
    assert_eq!(length(200, BOTH, true), (Length::None, Some(5), true));
    assert_eq!(length(304, BOTH, false), (Length::None, Some(5), true));
}

#[test]
fn a_response_to_head_has_no_body_whatever_it_says() {
    for status in [200, 404] {
        assert_eq!(length(status, NONE, true), (Length::None, None, false));
        assert_eq!(length(status, FIVE, true), (Length::None, Some(5), false));
        assert_eq!(length(status, CHUNKED, true), (Length::None, None, false));
    }
}

#[test]
fn a_304_has_no_body_and_may_tell_the_length_of_another() {
    assert_eq!(length(304, NONE, false), (Length::None, None, false));
    assert_eq!(length(304, FIVE, false), (Length::None, Some(5), false));
    assert_eq!(length(304, CHUNKED, false), (Length::None, None, false));
}

#[test]
fn a_1xx_or_204_has_no_body_and_is_doubtful_where_it_says_that_it_had() {
    for status in [100, 101, 103, 199, 204] {
        assert_eq!(length(status, NONE, false), (Length::None, None, false), "{status}");
        assert_eq!(length(status, FIVE, false), (Length::None, Some(5), true), "{status}");
        assert_eq!(length(status, ZERO, false), (Length::None, Some(0), true), "{status}");
        assert_eq!(length(status, CHUNKED, false), (Length::None, None, true), "{status}");
    }
}

#[test]
fn the_first_line_gives_status_and_reason() {
    for (line, status, reason) in [
        (&b"HTTP/1.1 200 OK"[..], 200, &b"OK"[..]),
        (b"HTTP/1.0 404 Not at all", 404, b"Not at all"),
        (b"HTTP/1.1 100 ", 100, b""),
        (b"HTTP/1.1 999", 999, b""),
        (b"HTTP/1.1 200  two spaces", 200, b" two spaces"),
        // No meaning for us: it goes on as it came.
        (b"HTTP/1.1 200 \xc3\xa9", 200, b"\xc3\xa9"),
        (b"HTTP/1.1 200 \xff", 200, b"\xff"),
        (b"\r\nHTTP/1.1 200 OK", 200, b"OK"),
    ] {
        let bytes = [line, b"\r\nContent-Length: 1\r\n\r\n"].concat();
        let head = read(&bytes, false).expect("valid");
        assert_eq!(
            (head.status, head.reason(&bytes)),
            (status, reason),
            "{:?}",
            String::from_utf8_lossy(line)
        );
    }
    for status in ["099", "000", "1000", "20", "2000000000000000200"] {
        let bytes = format!("HTTP/1.1 {status} x\r\n\r\n");
        assert_eq!(read(bytes.as_bytes(), false).expect_err(status), Refused::StartLine);
    }
}

#[test]
fn a_head_that_is_used_again_keeps_nothing_of_the_one_before() {
    let mut head = read(b"HTTP/1.0 404 Not here\r\nContent-Length: 5\r\n\r\n", false).expect("valid");
    let bytes = b"HTTP/1.1 200\r\n\r\n";
    head.read(bytes, 0, &Limits::default(), false).expect("valid").expect("whole");
    assert_eq!((head.status, head.reason(bytes), head.fields.len()), (200, &b""[..], 0));
    assert_eq!(head.length, ResponseLength { body: Length::UntilEnd, declared: None, doubtful: false });
}

//! What is written is read again however it is cut, and no bytes do harm. A failure prints its smallest case and the seed of it.

use proptest::collection::vec;
use proptest::prelude::{Just, Strategy, any, prop_assert, prop_assert_eq, prop_oneof, proptest};
use proptest::sample::Index;
use weir_http1::{length, write};

use crate::message::{Lines, Message};
use crate::ours::{self, Side};

/// How a body is framed.
#[derive(Clone, Debug)]
enum Framing {
    Length,
    Chunked(Vec<Index>),
}

fn name() -> impl Strategy<Value = String> {
    // The prefix keeps it from being the name of a length.
    "x-[!#$%&'*+.^_`|~0-9A-Za-z-]{0,20}"
}

fn value() -> impl Strategy<Value = Vec<u8>> {
    let byte = prop_oneof![4 => 0x21..=0x7e_u8, 1 => 0x80..=0xff_u8, 1 => Just(b' '), 1 => Just(b'\t')];
    vec(byte, 0..40).prop_map(|bytes| bytes.trim_ascii().to_vec())
}

fn lines() -> impl Strategy<Value = Vec<(String, Vec<u8>)>> {
    vec((name(), value()), 0..12)
}

fn framing() -> impl Strategy<Value = Framing> {
    prop_oneof![Just(Framing::Length), vec(any::<Index>(), 0..6).prop_map(Framing::Chunked)]
}

fn messages() -> impl Strategy<Value = Vec<(Message, Vec<u8>)>> {
    let parts =
        ("[A-Z!#$%&'*+.^_`|~-]{1,12}", "/[!-~]{0,30}", lines(), vec(any::<u8>(), 0..300), framing(), lines());
    let message = parts.prop_map(|(method, target, fields, body, framing, trailers)| {
        let mut bytes = format!("{method} {target} HTTP/1.1\r\n").into_bytes();
        let (fields, trailers) = written(&mut bytes, fields, &body, &framing, trailers);
        let message = Message {
            method: method.into_bytes(),
            target: target.into_bytes(),
            minor: 1,
            fields: Lines::new(borrowed(&fields)),
            trailers: Lines::new(borrowed(&trailers)),
            body,
            ..Message::default()
        };
        (message, bytes)
    });
    vec(message, 1..4)
}

/// Appends fields, body and trailers, and gives the fields and trailers that are there now.
#[expect(clippy::type_complexity, reason = "two lists of lines")]
fn written(
    out: &mut Vec<u8>,
    mut fields: Vec<(String, Vec<u8>)>,
    body: &[u8],
    framing: &Framing,
    trailers: Vec<(String, Vec<u8>)>,
) -> (Vec<(String, Vec<u8>)>, Vec<(String, Vec<u8>)>) {
    for (name, value) in &fields {
        write::field(out, name.as_bytes(), value);
    }
    let Framing::Chunked(cuts) = framing else {
        write::content_length(out, u64::try_from(body.len()).unwrap());
        fields.push(("content-length".to_owned(), body.len().to_string().into_bytes()));
        out.extend_from_slice(b"\r\n");
        out.extend_from_slice(body);
        return (fields, Vec::new());
    };
    write::field(out, b"transfer-encoding", b"chunked");
    fields.push(("transfer-encoding".to_owned(), b"chunked".to_vec()));
    out.extend_from_slice(b"\r\n");
    for chunk in cut(body, cuts).into_iter().filter(|chunk| !chunk.is_empty()) {
        write::chunk_size(out, chunk.len());
        out.extend_from_slice(chunk);
        out.extend_from_slice(write::CHUNK_END);
    }
    out.extend_from_slice(write::LAST_CHUNK);
    for (name, value) in &trailers {
        write::field(out, name.as_bytes(), value);
    }
    out.extend_from_slice(b"\r\n");
    (fields, trailers)
}

fn borrowed(lines: &[(String, Vec<u8>)]) -> impl Iterator<Item = (&[u8], &[u8])> {
    lines.iter().map(|(name, value)| (name.as_bytes(), value.as_slice()))
}

/// `bytes` in pieces that end at `cuts`.
fn cut<'b>(bytes: &'b [u8], cuts: &[Index]) -> Vec<&'b [u8]> {
    let mut places: Vec<usize> = cuts.iter().map(|cut| cut.index(bytes.len() + 1)).collect();
    places.sort_unstable();
    let starts = std::iter::once(0).chain(places.iter().copied());
    let ends = places.iter().copied().chain(std::iter::once(bytes.len()));
    starts.zip(ends).map(|(start, end)| &bytes[start..end]).collect()
}

/// Bytes in which something of HTTP is likely.
fn noise() -> impl Strategy<Value = Vec<u8>> {
    let part = prop_oneof![
        4 => proptest::sample::select(PARTS.as_slice()).prop_map(|part| part.as_bytes().to_vec()),
        1 => vec(any::<u8>(), 1..4),
    ];
    vec(part, 0..40).prop_map(|parts| parts.concat())
}

const PARTS: [&str; 32] = [
    "GET ",
    "POST ",
    "/ ",
    "/a?b ",
    "HTTP/1.1",
    "HTTP/1.0",
    "\r\n",
    "\r\n",
    "\r\n",
    "\r",
    "\n",
    "\r\n\r\n",
    "Host: a\r\n",
    "Content-Length: ",
    "Content-Length: 3\r\n",
    "Transfer-Encoding: chunked\r\n",
    "Transfer-Encoding: ",
    "chunked",
    ",",
    " ",
    "\t",
    ":",
    "0",
    "1",
    "5\r\n",
    "0\r\n\r\n",
    "abc",
    "fffffffffffffff",
    ";",
    "HTTP/1.1 200 OK\r\n",
    "HTTP/1.1 204 ",
    "\0",
];

proptest! {
    #[test]
    fn requests_that_are_written_are_read_again_however_they_are_cut(
        messages in messages(),
        cuts in vec(any::<Index>(), 0..12),
    ) {
        let (expected, bytes): (Vec<Message>, Vec<Vec<u8>>) = messages.into_iter().unzip();
        let bytes = bytes.concat();
        let read = ours::read(Side::Requests, cut(&bytes, &cuts));
        prop_assert_eq!(&read.messages, &expected);
        prop_assert_eq!(read.ends.last(), Some(&bytes.len()));
        prop_assert_eq!(ours::read(Side::Requests, bytes.chunks(1)), read);
    }

    #[test]
    fn responses_that_are_written_are_read_again_however_they_are_cut(
        status in 200..=999_u16,
        reason in "[ -~]{0,20}",
        fields in lines(),
        body in vec(any::<u8>(), 0..300),
        framing in framing(),
        trailers in lines(),
        cuts in vec(any::<Index>(), 0..12),
    ) {
        let body = if matches!(status, 204 | 304) { Vec::new() } else { body };
        let mut bytes = Vec::new();
        write::status_line(&mut bytes, status, reason.as_bytes());
        let framing = if body.is_empty() { Framing::Length } else { framing };
        let (fields, trailers) = written(&mut bytes, fields, &body, &framing, trailers);
        let expected = Message {
            status,
            minor: 1,
            fields: Lines::new(borrowed(&fields)),
            trailers: Lines::new(borrowed(&trailers)),
            body,
            ..Message::default()
        };
        let read = ours::read(Side::Response { to_head: false }, cut(&bytes, &cuts));
        prop_assert_eq!(read.ends, vec![bytes.len()]);
        prop_assert_eq!(read.messages, vec![expected]);
    }

    /// The reader itself holds that spans lie in what was given, and that no more is taken than was given.
    #[test]
    fn whatever_the_bytes_nothing_panics_and_cuts_change_no_message(
        bytes in noise(),
        cuts in vec(any::<Index>(), 0..12),
        to_head in any::<bool>(),
    ) {
        for side in [Side::Requests, Side::Response { to_head }] {
            let whole = ours::read(side, [bytes.as_slice()]);
            let pieces = ours::read(side, cut(&bytes, &cuts));
            prop_assert_eq!(&whole.messages, &pieces.messages);
            prop_assert_eq!(&whole.ends, &pieces.ends);
            prop_assert!(whole.ends.iter().all(|end| *end <= bytes.len()));
        }
    }

    #[test]
    fn a_length_is_the_number_that_its_digits_are(number in 0..=i64::MAX.cast_unsigned(), zeros in 0..30_usize) {
        let digits = format!("{}{number}", "0".repeat(zeros));
        prop_assert_eq!(length::agreed(None, digits.as_bytes()), Some(number));
        prop_assert_eq!(length::agreed(Some(number), format!("{digits} ,{digits}").as_bytes()), Some(number));
        prop_assert_eq!(length::agreed(None, format!("{digits} {digits}").as_bytes()), None);
    }
}

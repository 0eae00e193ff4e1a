//! Bodies piece by piece: what the decoder says at each step, and what it never keeps.

use weir_http1::body::Piece;
use weir_http1::{Decoder, Fields, Length, Name, Refused};

fn next(decoder: &mut Decoder, bytes: &[u8]) -> Piece {
    decoder.next(bytes, &mut Fields::default()).expect("valid")
}

fn end(skip: usize) -> Piece {
    Piece::End { skip, trailers: 0..0 }
}

#[test]
fn a_message_without_a_body_takes_nothing() {
    for length in [Length::None, Length::Bytes(0)] {
        let mut decoder = Decoder::new(length);
        assert!(decoder.is_done() && decoder.ends_with_connection());
        assert_eq!(next(&mut decoder, b"GET / HTTP/1.1"), end(0));
    }
}

#[test]
fn a_length_takes_exactly_its_bytes() {
    let mut decoder = Decoder::new(Length::Bytes(5));
    assert_eq!(next(&mut decoder, b""), Piece::More { skip: 0 });
    assert_eq!(next(&mut decoder, b"abc"), Piece::Data(0..3));
    assert!(!decoder.is_done() && !decoder.ends_with_connection(), "a cut is no end");
    assert_eq!(next(&mut decoder, b"defg"), Piece::Data(0..2));
    assert!(decoder.is_done());
    assert_eq!(next(&mut decoder, b"fg"), end(0));
}

#[test]
fn the_end_of_the_connection_is_the_end_only_where_nothing_else_is() {
    let mut decoder = Decoder::new(Length::UntilEnd);
    assert_eq!(next(&mut decoder, b"0\r\n\r\n"), Piece::Data(0..5));
    assert!(!decoder.is_done() && decoder.ends_with_connection());
    let mut decoder = Decoder::new(Length::Chunked);
    assert_eq!(next(&mut decoder, b"1\r\na\r\n0\r\n"), Piece::Data(3..4));
    assert_eq!(next(&mut decoder, b"\r\n0\r\n"), Piece::More { skip: 5 });
    assert!(!decoder.is_done() && !decoder.ends_with_connection(), "the trailer section is not there");
    assert_eq!(next(&mut decoder, b"\r\nrest"), end(2));
    assert!(decoder.is_done() && decoder.ends_with_connection());
}

#[test]
fn a_chunk_larger_than_what_is_there_is_given_as_it_comes() {
    let mut decoder = Decoder::new(Length::Chunked);
    assert_eq!(next(&mut decoder, b"ffffffffffffffff\r\nabc"), Piece::Data(18..21));
    assert_eq!(next(&mut decoder, b"def"), Piece::Data(0..3));
    assert_eq!(next(&mut decoder, b""), Piece::More { skip: 0 });
}

#[test]
fn trailers_are_spans_of_their_section() {
    let mut decoder = Decoder::new(Length::Chunked);
    let bytes = b"0;x\r\nGrpc-Status: 0\r\nX: y\r\n\r\nGET /";
    let mut fields = Fields::default();
    let Piece::End { skip, trailers } = decoder.next(bytes, &mut fields).expect("valid") else {
        panic!("the whole body is there");
    };
    assert_eq!(&bytes[skip..], b"GET /");
    let section = &bytes[trailers];
    assert_eq!(fields.get(section, Name::GrpcStatus), Some(&b"0"[..]));
    assert_eq!(fields.iter(section).map(|field| field.name).collect::<Vec<_>>(), [&b"Grpc-Status"[..], b"X"]);
}

#[test]
fn a_body_without_trailers_leaves_none_of_the_message_before() {
    for (length, body) in [(Length::Chunked, &b"0\r\n\r\n"[..]), (Length::None, b"")] {
        let mut fields = Fields::default();
        let mut before = Decoder::new(Length::Chunked);
        before.next(b"0\r\nGrpc-Status: 0\r\n\r\n", &mut fields).expect("valid");
        assert_eq!(fields.len(), 1);
        Decoder::new(length).next(body, &mut fields).expect("valid");
        assert!(fields.is_empty() && !fields.has(Name::GrpcStatus), "{length:?}");
    }
}

#[test]
fn a_trailer_section_has_one_limit_however_it_comes() {
    for (len, expected) in [(8192, None), (8193, Some(Refused::Trailer)), (10_000, Some(Refused::Trailer))] {
        let body = format!("0\r\nA: {}\r\n\r\n", "v".repeat(len - 7));
        for step in [1, 100, body.len()] {
            let (mut decoder, mut buffer) = (Decoder::new(Length::Chunked), Vec::new());
            let mut refused = None;
            for piece in body.as_bytes().chunks(step) {
                buffer.extend_from_slice(piece);
                match decoder.next(&buffer, &mut Fields::default()) {
                    Ok(Piece::More { skip } | Piece::End { skip, .. }) => drop(buffer.drain(..skip)),
                    Ok(Piece::Data(range)) => panic!("data at {range:?}"),
                    Err(why) => refused = refused.or(Some(why)),
                }
            }
            assert_eq!(
                (refused, decoder.is_done()),
                (expected, expected.is_none()),
                "{len} bytes, {step} at once"
            );
        }
    }
}

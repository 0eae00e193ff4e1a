//! Any bytes as a chunked body: the same data, the same end and the same refusal however it is cut.
//!
//! Run with `cargo +nightly fuzz run chunked` in this crate's folder.
#![no_main]

use libfuzzer_sys::fuzz_target;
use weir_http1::body::Piece;
use weir_http1::{Decoder, Fields, Length, Refused};

/// Data, where the body ends, or why it is refused.
type Read = (Vec<u8>, Result<Option<usize>, Refused>);

fn read<'b>(pieces: impl IntoIterator<Item = &'b [u8]>) -> Read {
    let (mut decoder, mut fields) = (Decoder::new(Length::Chunked), Fields::default());
    let (mut buffer, mut data, mut taken) = (Vec::new(), Vec::new(), 0);
    for piece in pieces {
        buffer.extend_from_slice(piece);
        loop {
            let done = match decoder.next(&buffer, &mut fields) {
                Err(refused) => return (data, Err(refused)),
                Ok(Piece::Data(range)) => {
                    data.extend_from_slice(&buffer[range.clone()]);
                    range.end
                }
                Ok(Piece::More { skip }) => {
                    buffer.drain(..skip);
                    taken += skip;
                    break;
                }
                Ok(Piece::End { skip, trailers }) => {
                    let section = &buffer[trailers];
                    assert!(fields.iter(section).all(|field| !field.name.is_empty()));
                    return (data, Ok(Some(taken + skip)));
                }
            };
            buffer.drain(..done);
            taken += done;
        }
    }
    (data, Ok(None))
}

fuzz_target!(|bytes: &[u8]| {
    let whole = read([bytes]);
    assert_eq!(read(bytes.chunks(1)), whole);
    assert_eq!(read(bytes.chunks(3)), whole);
    let (first, second) = bytes.split_at(bytes.len() / 2);
    assert_eq!(read([first, second]), whole);
});

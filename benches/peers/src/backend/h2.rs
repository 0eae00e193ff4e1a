//! HTTP/2 as far as a fixed answer to every request needs it: frames are read, header blocks are not.
//!
//! The header blocks sent are literals only and those received are not decoded, so there is no compression state on either side. Answers
//! are so small that a proxy's window is renewed long before it is used up.

/// First bytes of a connection with prior knowledge.
pub(super) const PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

const DATA: u8 = 0;
const HEADERS: u8 = 1;
const SETTINGS: u8 = 4;
const PING: u8 = 6;
const WINDOW_UPDATE: u8 = 8;

const END_STREAM: u8 = 1;
const ACK: u8 = 1;
const END_HEADERS: u8 = 4;

/// `SETTINGS_MAX_CONCURRENT_STREAMS` of 1,000, so that nobody waits for a stream.
const OUR_SETTINGS: [u8; 6] = [0, 3, 0, 0, 3, 232];
/// The connection's window for requests is raised at once, by 1 GiB; the stream's is more than a message.
const MORE_WINDOW: [u8; 4] = [0x40, 0, 0, 0];
/// A message of 27 bytes behind its gRPC prefix.
const MESSAGE: &[u8] = b"\0\0\0\0\x1babcdefghijklmnopqrstuvwxyz.";

/// Answers the frames in `bytes` into `output`; how many bytes were taken.
pub(super) fn answer(bytes: &[u8], output: &mut Vec<u8>) -> usize {
    let mut taken = 0;
    if bytes.starts_with(PREFACE) {
        taken = PREFACE.len();
        frame(output, SETTINGS, 0, 0, &OUR_SETTINGS);
        frame(output, WINDOW_UPDATE, 0, 0, &MORE_WINDOW);
    }
    while let Some((head, rest)) = bytes.get(taken..).and_then(|rest| rest.split_first_chunk::<9>()) {
        let [a, b, c, kind, flags, s0, s1, s2, s3] = *head;
        let length = usize::try_from(u32::from_be_bytes([0, a, b, c])).unwrap_or(usize::MAX);
        let Some(payload) = rest.get(..length) else { break };
        let stream = u32::from_be_bytes([s0 & 0x7f, s1, s2, s3]);
        match kind {
            SETTINGS if flags & ACK == 0 => frame(output, SETTINGS, ACK, 0, &[]),
            PING if flags & ACK == 0 => frame(output, PING, ACK, 0, payload),
            HEADERS | DATA => {
                if kind == DATA && length > 0 {
                    frame(output, WINDOW_UPDATE, 0, 0, &[0, a, b, c]);
                }
                if flags & END_STREAM != 0 {
                    respond(output, stream);
                }
            }
            _ => {}
        }
        taken += 9 + length;
    }
    taken
}

/// Headers, one message, trailers.
fn respond(output: &mut Vec<u8>, stream: u32) {
    // Indexed `:status: 200`, then literals without indexing: name and value, each with its length.
    let mut headers = vec![0x88];
    literal(&mut headers, b"content-type", b"application/grpc");
    frame(output, HEADERS, END_HEADERS, stream, &headers);
    frame(output, DATA, 0, stream, MESSAGE);
    let mut trailers = Vec::new();
    literal(&mut trailers, b"grpc-status", b"0");
    frame(output, HEADERS, END_HEADERS | END_STREAM, stream, &trailers);
}

fn literal(block: &mut Vec<u8>, name: &[u8], value: &[u8]) {
    block.push(0);
    for text in [name, value] {
        block.push(u8::try_from(text.len()).unwrap_or(0));
        block.extend_from_slice(text);
    }
}

fn frame(output: &mut Vec<u8>, kind: u8, flags: u8, stream: u32, payload: &[u8]) {
    let [_, a, b, c] = u32::try_from(payload.len()).unwrap_or(0).to_be_bytes();
    output.extend_from_slice(&[a, b, c, kind, flags]);
    output.extend_from_slice(&stream.to_be_bytes());
    output.extend_from_slice(payload);
}

#[cfg(test)]
mod tests {
    use super::{END_HEADERS, END_STREAM, HEADERS, PREFACE, SETTINGS, answer, frame};

    #[test]
    fn a_request_is_answered_once_it_has_ended() {
        let mut input = PREFACE.to_vec();
        frame(&mut input, SETTINGS, 0, 0, &[]);
        frame(&mut input, HEADERS, END_HEADERS, 1, &[0x82]);
        let mut output = Vec::new();
        assert_eq!(answer(&input, &mut output), input.len());
        let opened = output.len();
        let mut end = Vec::new();
        frame(&mut end, super::DATA, END_STREAM, 1, b"hello");
        assert_eq!(answer(&end[..end.len() - 1], &mut output), 0, "a part of a frame is left");
        assert_eq!(answer(&end, &mut output), end.len());
        assert!(output.len() > opened && output.ends_with(b"grpc-status\x010"));
    }
}

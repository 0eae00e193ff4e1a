//! Headers as load balancers write them, and everything that looks like one.

use weir_routing::random::Random;

use super::{Found, MOST_V2, NoHeader, SIGNATURE, Said, read};

fn v2(command: u8, kind: u8, body: &[u8]) -> Vec<u8> {
    let length = u16::try_from(body.len()).unwrap().to_be_bytes();
    [SIGNATURE, &[command, kind], &length, body].concat()
}

fn client(from: &str, to: &str) -> Said {
    Said::Client { from: from.parse().unwrap(), to: to.parse().unwrap() }
}

const V4: &[u8] = &[192, 0, 2, 1, 192, 0, 2, 2, 0xdc, 0x04, 0x01, 0xbb];

fn v6() -> Vec<u8> {
    let mut body = [0; 36];
    (body[0], body[15], body[16], body[31]) = (0xfd, 1, 0xfd, 2);
    body[32..].copy_from_slice(&[0xff, 0xff, 0, 80]);
    body.to_vec()
}

/// Whole headers, with what they say.
fn valid() -> Vec<(Vec<u8>, Said)> {
    let extended = [V4, &[0x01, 0, 2, b'h', b'2']].concat();
    vec![
        (
            b"PROXY TCP4 192.0.2.1 192.0.2.2 56324 443\r\n".to_vec(),
            client("192.0.2.1:56324", "192.0.2.2:443"),
        ),
        (b"PROXY TCP6 fd00::1 fd00::2 65535 0\r\n".to_vec(), client("[fd00::1]:65535", "[fd00::2]:0")),
        (b"PROXY UNKNOWN\r\n".to_vec(), Said::Nothing),
        (b"PROXY UNKNOWN fd00::1 anything at all\r\n".to_vec(), Said::Nothing),
        (v2(0x21, 0x11, V4), client("192.0.2.1:56324", "192.0.2.2:443")),
        (v2(0x21, 0x11, &extended), client("192.0.2.1:56324", "192.0.2.2:443")),
        (v2(0x21, 0x21, &v6()), client("[fd00::1]:65535", "[fd00::2]:80")),
        (v2(0x20, 0x00, b""), Said::Nothing),
        (v2(0x20, 0x11, V4), Said::Nothing),
        (v2(0x21, 0x00, b"tlv"), Said::Nothing),
        (v2(0x21, 0x12, V4), Said::Nothing),
        (v2(0x21, 0x31, &[b'/'; 216]), Said::Nothing),
        (
            v2(0x21, 0x11, &[V4, &vec![0; MOST_V2 - V4.len()]].concat()),
            client("192.0.2.1:56324", "192.0.2.2:443"),
        ),
    ]
}

#[test]
fn every_form_is_read_to_its_very_end() {
    for (header, said) in valid() {
        let with_more = [&header[..], b"GET / HTTP/1.1\r\n\r\n"].concat();
        assert_eq!(read(&with_more), Ok(Found::Whole(said, header.len())), "{header:?}");
        for len in 0..header.len() {
            assert_eq!(read(&header[..len]), Ok(Found::Begun), "{:?}", &header[..len]);
        }
    }
}

#[test]
fn what_is_no_header_is_seen_as_soon_as_it_can_be() {
    let long = format!("PROXY UNKNOWN {}\r\n", "x".repeat(107));
    for bytes in [
        &b"GET / HTTP/1.1\r\n"[..],
        b"\x16\x03\x01",
        b"proxy TCP4",
        b"PROXY\r",
        b"PROXY TCP4 192.0.2.1 192.0.2.2 1 2\n",
        b"PROXY TCP4 192.0.2.1 192.0.2.2 1\r\n",
        b"PROXY TCP4 192.0.2.1 192.0.2.2 1 2 3\r\n",
        b"PROXY TCP4  192.0.2.1 192.0.2.2 1 2\r\n",
        b"PROXY TCP4 192.0.2.1 192.0.2.2 01 2\r\n",
        b"PROXY TCP4 192.0.2.1 192.0.2.2 +1 2\r\n",
        b"PROXY TCP4 192.0.2.1 192.0.2.2 1 65536\r\n",
        b"PROXY TCP4 192.0.2.256 192.0.2.2 1 2\r\n",
        b"PROXY TCP4 fd00::1 fd00::2 1 2\r\n",
        b"PROXY TCP6 192.0.2.1 192.0.2.2 1 2\r\n",
        b"PROXY UDP4 192.0.2.1 192.0.2.2 1 2\r\n",
        b"PROXY \xff\r\n",
        long.as_bytes(),
        &v2(0x11, 0x11, V4),
        &v2(0x22, 0x11, V4),
        &v2(0x21, 0x13, V4),
        &v2(0x21, 0x41, V4),
        &v2(0x21, 0x11, &V4[..11]),
        &v2(0x21, 0x21, V4),
        &v2(0x20, 0x00, &vec![0; MOST_V2 + 1]),
    ] {
        assert_eq!(read(bytes), Err(NoHeader), "{bytes:?}");
    }
}

#[test]
fn whatever_bytes_come_the_answer_is_bounded_and_stays() {
    let mut random = Random::new(7);
    let mut below = |bound: usize| usize::try_from(random.below(u64::try_from(bound).unwrap())).unwrap();
    let valid = valid();
    for _ in 0..200_000 {
        let mut bytes = valid[below(valid.len())].0.clone();
        bytes.extend_from_slice(b"GET / HTTP/1.1\r\n\r\n");
        for _ in 0..below(4) {
            let at = below(bytes.len());
            match below(3) {
                0 => bytes[at] = u8::try_from(below(256)).unwrap(),
                1 => drop(bytes.remove(at)),
                _ => bytes.insert(at, b" \r\n0P"[below(5)]),
            }
        }
        let whole = read(&bytes);
        if let Ok(Found::Whole(_, len)) = whole {
            assert!(len <= bytes.len() && len <= 16 + MOST_V2);
        }
        // What was said of a beginning holds for more of it.
        let part = read(&bytes[..below(bytes.len() + 1)]);
        match part {
            Ok(Found::Begun) => {}
            said => assert_eq!(said, whole, "{bytes:?}"),
        }
    }
}

//! Requests as far as the backend must understand them, and the answers to them.

/// One of the answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Answer {
    /// 128 bytes.
    Small,
    /// 10 KiB.
    Medium,
    /// 1 MiB.
    Large,
}

/// Every answer, made beforehand.
#[derive(Debug)]
pub(super) struct Answers {
    kept: [Vec<u8>; 3],
    /// The same for the last request of a connection.
    closed: [Vec<u8>; 3],
}

/// A request without a body.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Request {
    pub(super) answer: Answer,
    pub(super) close: bool,
    pub(super) length: usize,
}

impl Request {
    /// The first request in `bytes`, when its head is there as a whole.
    pub(super) fn read(bytes: &[u8]) -> Option<Self> {
        let length = bytes.windows(4).position(|four| four == b"\r\n\r\n")? + 4;
        let head = bytes.get(..length)?;
        let path = head.get(head.iter().position(|byte| *byte == b' ')? + 1..)?;
        let answer = if path.starts_with(b"/10k") {
            Answer::Medium
        } else if path.starts_with(b"/1m") {
            Answer::Large
        } else {
            Answer::Small
        };
        Some(Self { answer, close: asks_to_close(head), length })
    }
}

fn asks_to_close(head: &[u8]) -> bool {
    let mut lines = head.split(|byte| *byte == b'\n');
    lines.any(|line| {
        line.len() >= 17
            && line.get(..11).is_some_and(|name| name.eq_ignore_ascii_case(b"connection:"))
            && line.get(11..).is_some_and(|value| value.trim_ascii().eq_ignore_ascii_case(b"close"))
    })
}

impl Default for Answers {
    fn default() -> Self {
        let with = |more| [128, 10 * 1024, 1024 * 1024].map(|length| answer(length, more));
        Self { kept: with(""), closed: with("connection: close\r\n") }
    }
}

impl Answers {
    /// Head and body.
    pub(super) fn bytes(&self, answer: Answer, close: bool) -> &[u8] {
        let [small, medium, large] = if close { &self.closed } else { &self.kept };
        match answer {
            Answer::Small => small,
            Answer::Medium => medium,
            Answer::Large => large,
        }
    }
}

fn answer(length: usize, more: &str) -> Vec<u8> {
    let head = format!(
        "HTTP/1.1 200 OK\r\ncontent-length: {length}\r\ncontent-type: text/plain\r\nserver: backend\r\ncache-control: no-store\r\n\
         x-version: v1\r\n{more}\r\n"
    );
    let mut bytes = head.into_bytes();
    bytes.resize(bytes.len() + length, b'x');
    bytes
}

#[cfg(test)]
mod tests {
    use super::{Answer, Request};

    #[test]
    fn a_head_is_read_when_it_is_whole() {
        assert_eq!(Request::read(b"GET / HTTP/1.1\r\nHost: a\r\n"), None);
        let whole = b"GET /10k HTTP/1.1\r\nHost: a\r\n\r\n";
        let read = Request::read(whole).unwrap();
        assert_eq!(read, Request { answer: Answer::Medium, close: false, length: whole.len() });
    }

    #[test]
    fn two_requests_are_taken_one_after_the_other() {
        let one = b"GET / HTTP/1.1\r\n\r\n";
        let two = [one.as_slice(), b"GET /1m HTTP/1.1\r\nCONNECTION: Close\r\n\r\n"].concat();
        assert_eq!(Request::read(&two).unwrap().length, one.len());
        let second = Request::read(&two[one.len()..]).unwrap();
        assert!(second.close && second.answer == Answer::Large);
    }
}

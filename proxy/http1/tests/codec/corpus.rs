//! The cases in `tests/corpus`: three tables, and files with the bytes that fuzzing has found.

use std::fs;
use std::path::{Path, PathBuf};

use crate::ours::Side;

/// Bytes on a connection, and what is to be made of them.
#[derive(Clone, Debug)]
pub(crate) struct Case {
    pub(crate) rule: String,
    pub(crate) side: Side,
    pub(crate) verdict: Verdict,
    pub(crate) bytes: Vec<u8>,
}

/// What the codec makes of a case, and how that compares with hyper.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// Both understand the same.
    Valid,
    /// Both want more bytes.
    Waits,
    /// Both refuse.
    Refused(String),
    /// The codec refuses, hyper does not.
    Stricter(String),
    /// hyper refuses the target.
    Target,
}

impl Verdict {
    fn parse(text: &str) -> Self {
        match text.split_once(':') {
            None if text == "valid" => Self::Valid,
            None if text == "waits" => Self::Waits,
            None if text == "target" => Self::Target,
            Some(("refused", why)) => Self::Refused(why.to_owned()),
            Some(("stricter", why)) => Self::Stricter(why.to_owned()),
            _ => panic!("{text:?} is no verdict"),
        }
    }
}

/// Every case of the tables.
pub(crate) fn cases() -> Vec<Case> {
    let requests = table(include_str!("../corpus/request.table"), |_| Side::Requests, "");
    let to_head = |words: &str| Side::Response { to_head: words.ends_with(" HEAD") };
    let responses = table(include_str!("../corpus/response.table"), to_head, "");
    let chunked = include_str!("../corpus/chunked.table");
    let in_request = "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n";
    let in_response = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";
    let bodies = [table(chunked, |_| Side::Requests, in_request), table(chunked, to_head, in_response)];
    bodies.into_iter().fold([requests, responses].concat(), |all, more| [all, more].concat())
}

/// The bytes of every file in the folder of this side.
pub(crate) fn found(side: &str) -> Vec<(PathBuf, Vec<u8>)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/corpus").join(side);
    let paths = fs::read_dir(folder).expect("a folder of cases").map(|entry| entry.expect("a file").path());
    let mut files: Vec<_> =
        paths.map(|path| (path.clone(), fs::read(path).expect("a readable file"))).collect();
    files.sort();
    files
}

fn table(text: &str, side: impl Fn(&str) -> Side, before: &str) -> Vec<Case> {
    let mut cases: Vec<Case> = Vec::new();
    for line in text.lines().filter(|line| !line.is_empty() && !line.starts_with("# ") && *line != "#") {
        if let Some(head) = line.strip_prefix("== ") {
            let columns: Vec<&str> = head.split(" | ").collect();
            let verdict = Verdict::parse(columns[0].split(' ').next().unwrap_or_default());
            let has_reason = matches!(verdict, Verdict::Stricter(_));
            assert_eq!(
                columns.len(),
                2 + usize::from(has_reason),
                "{line}: a verdict, a rule, and why we are stricter"
            );
            let rule = format!("{:?}: {}", side(columns[0]), columns[1]);
            cases.push(Case { rule, side: side(columns[0]), verdict, bytes: before.into() });
        } else {
            cases.last_mut().expect("a head line before bytes").bytes.extend(unescape(line));
        }
    }
    cases
}

/// The bytes that `text` stands for.
fn unescape(text: &str) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut rest = text;
    while let Some(at) = rest.find('\\') {
        bytes.extend_from_slice(&rest.as_bytes()[..at]);
        let (kind, after) = rest[at + 1..].split_at(1);
        rest = after;
        match kind {
            "r" => bytes.push(b'\r'),
            "n" => bytes.push(b'\n'),
            "t" => bytes.push(b'\t'),
            "\\" => bytes.push(b'\\'),
            "x" => {
                let (digits, after) = rest.split_at(2);
                bytes.push(u8::from_str_radix(digits, 16).expect("two hexadecimal digits"));
                rest = after;
            }
            "{" => {
                let end = closing(rest);
                let (times, what) = rest[..end].split_once(':').expect("a number, a colon, bytes");
                bytes.extend(unescape(what).repeat(times.parse().expect("a number")));
                rest = &rest[end + 1..];
            }
            _ => panic!("\\{kind} stands for nothing in {text:?}"),
        }
    }
    bytes.extend_from_slice(rest.as_bytes());
    bytes
}

/// Where the brace that was opened before `text` is closed.
fn closing(text: &str) -> usize {
    let mut depth = 1;
    for (at, byte) in text.bytes().enumerate() {
        match byte {
            b'{' => depth += 1,
            b'}' if depth == 1 => return at,
            b'}' => depth -= 1,
            _ => {}
        }
    }
    panic!("no brace closes {text:?}")
}

#[test]
fn a_table_line_stands_for_the_bytes_that_its_head_explains() {
    assert_eq!(unescape(r"a\r\n\t\\\x00\xff\{3:b\n}c"), b"a\r\n\t\\\0\xffb\nb\nb\nc");
    assert_eq!(unescape(r"\{2:a\{2:b}}"), b"abbabb");
}

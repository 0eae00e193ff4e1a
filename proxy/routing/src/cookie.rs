//! Reads one cookie out of a request, in place.
//!
//! Strict (RFC 6265 section 4.2.1): a pair whose value has an octet that no cookie may have is passed over, never repaired.

use std::ops::ControlFlow;

use crate::head::Headers;

/// Value of the first well-formed cookie with this name, without its quotes. Names differ by case.
pub(crate) fn find<'h>(headers: &'h dyn Headers, name: &str) -> Option<&'h [u8]> {
    let mut found = None;
    headers.values("cookie", &mut |line| {
        found = in_line(line, name.as_bytes());
        if found.is_some() { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    });
    found
}

fn in_line<'h>(line: &'h [u8], name: &[u8]) -> Option<&'h [u8]> {
    line.split(|b| *b == b';').find_map(|pair| {
        let value = pair.trim_ascii().strip_prefix(name)?.strip_prefix(b"=")?;
        let bare = value.strip_prefix(b"\"").and_then(|v| v.strip_suffix(b"\"")).unwrap_or(value);
        bare.iter().all(|b| is_cookie_octet(*b)).then_some(bare)
    })
}

/// RFC 6265 `cookie-octet`: printable ASCII without space, quote, comma, semicolon and backslash.
fn is_cookie_octet(byte: u8) -> bool {
    matches!(byte, 0x21 | 0x23..=0x2b | 0x2d..=0x3a | 0x3c..=0x5b | 0x5d..=0x7e)
}

#[cfg(test)]
mod tests {
    use super::find;

    #[test]
    fn the_first_well_formed_pair_of_the_name_is_taken() {
        for (lines, expected) in [
            (&["a=1"][..], Some("1")),
            (&["b=2; a=1"], Some("1")),
            (&["b=2;a=1"], Some("1")),
            (&["a=1; a=2"], Some("1")),
            (&["aa=2; xa=3; A=4"], None),
            (&["a=\"1\""], Some("1")),
            (&["a=\"1"], None),
            (&["a=1 2; a=3"], Some("3")),
            (&["a=\u{e9}; a=3"], Some("3")),
            (&["a=x\\y"], None),
            (&["a=x,y"], None),
            (&["a"], None),
            (&["a="], Some("")),
            (&["a = 1"], None),
            (&["a=b=c"], Some("b=c")),
            (&["", ";;;", "=; =1"], None),
            (&["b=1", "a=2"], Some("2")),
        ] {
            let headers: Vec<(&str, &str)> = lines.iter().map(|line| ("Cookie", *line)).collect();
            assert_eq!(find(&headers, "a"), expected.map(str::as_bytes), "{lines:?}");
        }
    }
}

//! Names in certificates, as people and nginx write them (RFC 2253): the last part first.
//!
//! Pure and bounded by the certificate's size; what cannot be read is `None`, never a guess.

use std::fmt::Write as _;

/// Names of attributes, by the bytes of their identifiers.
const KNOWN: [(&[u8], &str); 11] = [
    (&[0x55, 4, 3], "CN"),
    (&[0x55, 4, 10], "O"),
    (&[0x55, 4, 11], "OU"),
    (&[0x55, 4, 6], "C"),
    (&[0x55, 4, 8], "ST"),
    (&[0x55, 4, 7], "L"),
    (&[0x55, 4, 9], "street"),
    (&[0x55, 4, 5], "serialNumber"),
    (&[0x09, 0x92, 0x26, 0x89, 0x93, 0xf2, 0x2c, 0x64, 1, 25], "DC"),
    (&[0x09, 0x92, 0x26, 0x89, 0x93, 0xf2, 0x2c, 0x64, 1, 1], "UID"),
    (&[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 9, 1], "emailAddress"),
];

const SEQUENCE: u8 = 0x30;
const SET: u8 = 0x31;
const IDENTIFIER: u8 = 0x06;

/// The text of a name, from its DER: the content of its outer sequence.
pub(super) fn text(mut name: &[u8]) -> Option<String> {
    let mut parts = Vec::new();
    while !name.is_empty() {
        let (tag, mut set) = value(&mut name)?;
        if tag != SET {
            return None;
        }
        let mut part = String::new();
        while !set.is_empty() {
            let (tag, mut pair) = value(&mut set)?;
            if tag != SEQUENCE {
                return None;
            }
            let (of_id, id) = value(&mut pair)?;
            let whole = pair;
            let (kind, content) = value(&mut pair)?;
            if of_id != IDENTIFIER || !pair.is_empty() {
                return None;
            }
            if !part.is_empty() {
                part.push('+');
            }
            attribute(&mut part, id, kind, content, whole)?;
        }
        parts.push(part);
    }
    parts.reverse();
    Some(parts.join(","))
}

/// One value (X.690): its tag and its content; what follows it stays.
fn value<'d>(der: &mut &'d [u8]) -> Option<(u8, &'d [u8])> {
    let (&tag, rest) = der.split_first()?;
    let (&first, rest) = rest.split_first()?;
    let (length, rest) = match first {
        0..=0x7f => (usize::from(first), rest),
        0x81 => rest.split_first().map(|(&byte, rest)| (usize::from(byte), rest))?,
        0x82 => {
            rest.split_first_chunk().map(|(bytes, rest)| (usize::from(u16::from_be_bytes(*bytes)), rest))?
        }
        _ => return None,
    };
    let (content, rest) = rest.split_at_checked(length)?;
    *der = rest;
    Some((tag, content))
}

fn attribute(out: &mut String, id: &[u8], kind: u8, content: &[u8], whole: &[u8]) -> Option<()> {
    match KNOWN.iter().find(|(known, _)| *known == id) {
        Some((_, name)) => out.push_str(name),
        None => dotted(out, id)?,
    }
    out.push('=');
    match kind {
        // UTF8String, PrintableString, TeletexString, IA5String: bytes as they are.
        0x0c | 0x13 | 0x14 | 0x16 => escaped(out, content),
        // BMPString.
        0x1e => {
            let units = content.chunks(2).map(|pair| pair.try_into().map(u16::from_be_bytes));
            let units: Vec<u16> = units.collect::<Result<_, _>>().ok()?;
            escaped(out, String::from_utf16(&units).ok()?.as_bytes());
        }
        _ => {
            out.push('#');
            whole.iter().try_for_each(|byte| write!(out, "{byte:02X}")).ok()?;
        }
    }
    Some(())
}

/// An identifier in numbers.
fn dotted(out: &mut String, id: &[u8]) -> Option<()> {
    let mut number: u64 = 0;
    let mut is_first = true;
    for byte in id {
        number = number.checked_mul(128)?.checked_add(u64::from(byte & 0x7f))?;
        if byte & 0x80 != 0 {
            continue;
        }
        if std::mem::take(&mut is_first) {
            let top = (number / 40).min(2);
            write!(out, "{top}.{}", number - top * 40).ok()?;
        } else {
            write!(out, ".{number}").ok()?;
        }
        number = 0;
    }
    (!is_first).then_some(())
}

/// Whatever means something in such a name, and whatever is not printed, after a backslash.
fn escaped(out: &mut String, content: &[u8]) {
    let last = content.len().saturating_sub(1);
    for (place, byte) in content.iter().enumerate() {
        match byte {
            b',' | b'+' | b'"' | b'\\' | b'<' | b'>' | b';' => {
                out.push('\\');
                out.push(char::from(*byte));
            }
            b' ' if place == 0 || place == last => out.push_str("\\ "),
            b'#' if place == 0 => out.push_str("\\#"),
            0x20..=0x7e => out.push(char::from(*byte)),
            _ => drop(write!(out, "\\{byte:02X}")),
        }
    }
}

#[cfg(test)]
mod tests {
    use rcgen::{CertificateParams, DistinguishedName, DnType, DnValue, KeyPair};

    use super::text;

    fn subject(parts: Vec<(DnType, DnValue)>) -> Vec<u8> {
        let mut params = CertificateParams::default();
        params.distinguished_name = DistinguishedName::new();
        for (kind, value) in parts {
            params.distinguished_name.push(kind, value);
        }
        let made = params.self_signed(&KeyPair::generate().unwrap()).unwrap();
        webpki::EndEntityCert::try_from(made.der()).unwrap().subject().to_vec()
    }

    fn utf8(value: &str) -> DnValue {
        DnValue::Utf8String(value.to_owned())
    }

    #[test]
    fn names_are_written_as_nginx_writes_them() {
        for (parts, written) in [
            (vec![], ""),
            (vec![(DnType::CommonName, utf8("client"))], "CN=client"),
            (
                vec![
                    (DnType::CountryName, DnValue::PrintableString("CH".try_into().unwrap())),
                    (DnType::OrganizationName, utf8("Shop, Inc.")),
                    (DnType::CommonName, utf8("a+b")),
                ],
                "CN=a\\+b,O=Shop\\, Inc.,C=CH",
            ),
            (vec![(DnType::CommonName, utf8(" é\n "))], "CN=\\ \\C3\\A9\\0A\\ "),
            (vec![(DnType::CommonName, utf8("#1=\"x\"<y>;\\"))], "CN=\\#1=\\\"x\\\"\\<y\\>\\;\\\\"),
            (vec![(DnType::CustomDnType(vec![1, 2, 840, 5]), utf8("x"))], "1.2.840.5=x"),
        ] {
            assert_eq!(text(&subject(parts)).as_deref(), Some(written));
        }
    }

    #[test]
    fn what_is_no_name_is_none() {
        let whole =
            subject(vec![(DnType::CommonName, utf8("client")), (DnType::OrganizationName, utf8("shop"))]);
        for len in 1..whole.len() {
            let cut = text(&whole[..len]);
            assert!(cut.is_none() || cut.as_deref() == Some("CN=client"), "{len}: {cut:?}");
        }
        for at in 0..whole.len() {
            for bit in 0..8 {
                let mut other = whole.clone();
                other[at] ^= 1 << bit;
                // Whatever it is, it can stand in a header field.
                let written = text(&other).unwrap_or_default();
                assert!(written.bytes().all(|byte| (0x20..0x7f).contains(&byte)), "{written:?}");
            }
        }
    }
}

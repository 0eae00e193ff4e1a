//! What every HTTP/2 connection begins with (RFC 9113 section 3.4).

/// The bytes.
const PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

/// Whether the first bytes of a connection are those of HTTP/2.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Preface {
    /// They are.
    Whole,
    /// As far as they go.
    Begun,
    /// They are not.
    Other,
}

/// Compares.
pub(crate) fn preface(bytes: &[u8]) -> Preface {
    let compared = bytes.len().min(PREFACE.len());
    if PREFACE.get(..compared) != bytes.get(..compared) {
        return Preface::Other;
    }
    if compared == PREFACE.len() { Preface::Whole } else { Preface::Begun }
}

//! Header fields on their way to an upstream: written for HTTP/1.1, or gathered for HTTP/2.

use http::header::{HeaderMap, HeaderName, HeaderValue};
use weir_http1::{Field, write};

use crate::forwarded::Introduction;
use crate::scheme::Scheme;

/// Where header fields go.
pub(super) trait Sink {
    /// Adds one.
    fn field(&mut self, name: &'static str, value: &[u8]);
    /// Passes one of the client's on.
    fn pass(&mut self, field: &Field<'_>);
    /// Adds one that was given.
    fn give(&mut self, name: &HeaderName, value: &HeaderValue);
    /// Says all that there is to say about the client.
    fn introduce(&mut self, introduction: &Introduction, scheme: Scheme);
}

/// Written for HTTP/1.1.
impl Sink for Vec<u8> {
    fn field(&mut self, name: &'static str, value: &[u8]) {
        write::field(self, name.as_bytes(), value);
    }

    fn pass(&mut self, field: &Field<'_>) {
        write::pass(self, field);
    }

    fn give(&mut self, name: &HeaderName, value: &HeaderValue) {
        write::field(self, name.as_str().as_bytes(), value.as_bytes());
    }

    fn introduce(&mut self, introduction: &Introduction, _: Scheme) {
        self.extend_from_slice(introduction.lines());
    }
}

/// Gathered for HTTP/2. What a codec let pass is a name and a value here too.
impl Sink for HeaderMap {
    fn field(&mut self, name: &'static str, value: &[u8]) {
        if let Ok(value) = HeaderValue::from_bytes(value) {
            self.append(HeaderName::from_static(name), value);
        }
    }

    fn pass(&mut self, field: &Field<'_>) {
        if let (Ok(name), Ok(value)) =
            (HeaderName::from_bytes(field.name), HeaderValue::from_bytes(field.value))
        {
            self.append(name, value);
        }
    }

    fn give(&mut self, name: &HeaderName, value: &HeaderValue) {
        self.append(name.clone(), value.clone());
    }

    fn introduce(&mut self, introduction: &Introduction, scheme: Scheme) {
        self.field("x-forwarded-for", introduction.client());
        self.field("x-real-ip", introduction.client());
        self.field("x-forwarded-proto", scheme.as_str().as_bytes());
        self.field("x-forwarded-port", introduction.port());
    }
}

//! `Authorization` as it is sent (RFC 7617, RFC 6750): what prints header fields does not print it.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use http::HeaderValue;

/// A name and a password. `None`: no header can have that.
#[must_use]
pub fn basic(username: &str, password: &str) -> Option<HeaderValue> {
    sensitive(&format!("Basic {}", STANDARD.encode(format!("{username}:{password}"))))
}

/// A token. `None`: no header can have it.
#[must_use]
pub fn bearer(token: &str) -> Option<HeaderValue> {
    sensitive(&format!("Bearer {token}"))
}

fn sensitive(text: &str) -> Option<HeaderValue> {
    let mut value = HeaderValue::try_from(text).ok()?;
    value.set_sensitive(true);
    Some(value)
}

#[cfg(test)]
mod tests {
    use super::{basic, bearer};

    #[test]
    fn it_is_sent_and_not_printed() {
        for (value, sent) in
            [(basic("ana", "s3cret"), "Basic YW5hOnMzY3JldA=="), (bearer("t0ken"), "Bearer t0ken")]
        {
            let value = value.unwrap();
            assert_eq!((value.to_str().unwrap(), format!("{value:?}").as_str()), (sent, "Sensitive"));
        }
        assert_eq!(bearer("to\nken"), None);
    }
}

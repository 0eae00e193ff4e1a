//! Which protocol change a client asks for.

use weir_http1::Name;
use weir_routing::head::Headers;

use super::{RawHead, Version, hop_by_hop};

/// A protocol that the client wants to change to on this connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Upgrade<'a>(pub(crate) &'a [u8]);

/// The upgrade that is passed on: one token, asked for by a GET with `Connection: upgrade`, and not `h2c`, which would carry requests past the
/// proxy.
pub(super) fn asked<'a>(raw: &RawHead<'a>) -> Option<Upgrade<'a>> {
    if !raw.present.has(Name::Upgrade)
        || raw.version != Version::Http11
        || raw.method != "GET"
        || !hop_by_hop::has_option(raw.headers, "upgrade")
    {
        return None;
    }
    let token = first(raw.headers)?;
    let valid = !token.is_empty() && token.iter().all(|b| b.is_ascii_alphanumeric() || b"-._/".contains(b));
    (valid && !token.eq_ignore_ascii_case(b"h2c")).then_some(Upgrade(token))
}

/// The one `Upgrade` value; `None` where there are several.
fn first(headers: &dyn Headers) -> Option<&[u8]> {
    let mut tokens: (Option<&[u8]>, usize) = (None, 0);
    headers.values("upgrade", &mut |value| {
        tokens = (Some(value.trim_ascii()), tokens.1 + 1);
        std::ops::ControlFlow::Continue(())
    });
    tokens.0.filter(|_| tokens.1 == 1)
}

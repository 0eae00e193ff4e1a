//! What the variables of a request are read from.

use std::ops::ControlFlow;

use crate::head::Head;
use crate::route::Route;

/// What the variables of a request are read from.
#[derive(Clone, Copy)]
pub struct Facts<'a> {
    /// The request.
    pub head: &'a Head<'a>,
    /// Its route.
    pub route: &'a Route,
    /// Whether the client used https, as trusted proxies say.
    pub is_https: bool,
    /// The host that the client used, with its port, as trusted proxies say.
    pub authority: &'a str,
}

impl<'a> Facts<'a> {
    /// `http` or `https`, as the client used it.
    #[must_use]
    pub fn scheme(&self) -> &'static str {
        if self.is_https { "https" } else { "http" }
    }

    /// Path and query. The path is normalised, as the upstream's own: what was matched is what others are told.
    #[must_use]
    pub fn target(&self) -> String {
        let Head { path, query, .. } = self.head;
        query.map_or_else(|| (*path).to_owned(), |query| format!("{path}?{query}"))
    }

    /// The same as it stands in a query: everything but letters, digits and `-._~` is encoded.
    pub(crate) fn escaped_target(&self) -> String {
        let target = self.target();
        let mut escaped = String::with_capacity(target.len() * 2);
        super::encode_all(target.as_bytes(), &mut escaped);
        escaped
    }

    /// The Host header as it came; without one, as HTTP/2 has it, what stands in its place.
    pub(super) fn host_field(&self) -> &'a [u8] {
        self.head.headers.get("host").unwrap_or(self.authority.as_bytes())
    }

    /// A header's values, joined as nginx joins them.
    pub(super) fn header(&self, name: &str, put: &mut dyn FnMut(&[u8])) {
        let between: &[u8] = if name == "cookie" { b"; " } else { b", " };
        let mut is_first = true;
        self.head.headers.values(name, &mut |value| {
            if !std::mem::take(&mut is_first) {
                put(between);
            }
            put(value);
            ControlFlow::Continue(())
        });
    }

    /// An argument of the query as it was written: the first of its name, without case, that has a value. `x` alone is none, as in nginx.
    pub(super) fn argument(&self, name: &str) -> &'a str {
        let pairs = self.head.query.unwrap_or_default().split('&');
        let mut values = pairs.filter_map(|pair| {
            let (known, value) = pair.split_once('=')?;
            known.eq_ignore_ascii_case(name).then_some(value)
        });
        values.next().unwrap_or_default()
    }
}

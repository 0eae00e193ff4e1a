//! Another path for the upstream: the matched prefix is replaced.

use std::borrow::Cow;
use std::sync::Arc;

use serde::Serialize;

/// Replaces the matched path by another one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Rewrite {
    /// Bytes of a request's path that the route matched.
    matched: usize,
    /// What stands there instead; starts with a slash.
    target: Arc<str>,
}

impl Rewrite {
    /// A rewrite of the first `matched` bytes to `target`, which starts with a slash.
    #[must_use]
    pub fn new(matched: usize, target: Arc<str>) -> Self {
        Self { matched, target }
    }

    /// What the upstream sees for `path`, which is one that the route matches: `/shop/cart` under `/shop` becomes `/cart` for the target `/`.
    #[must_use]
    pub fn apply<'p>(&'p self, path: &'p str) -> Cow<'p, str> {
        let rest = path.get(self.matched..).unwrap_or_default();
        let base = self.target.strip_suffix('/').unwrap_or(&self.target);
        match (base, rest) {
            (_, "") => Cow::Borrowed(&self.target),
            ("", rest) if rest.starts_with('/') => Cow::Borrowed(rest),
            (base, rest) if rest.starts_with('/') => Cow::Owned(format!("{base}{rest}")),
            (base, rest) => Cow::Owned(format!("{base}/{rest}")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Rewrite;

    #[test]
    fn the_matched_prefix_is_replaced_with_one_slash_at_the_joint() {
        for (matched, target, path, expected) in [
            ("/shop", "/", "/shop", "/"),
            ("/shop", "/", "/shop/", "/"),
            ("/shop", "/", "/shop/cart", "/cart"),
            ("/shop", "/v2", "/shop", "/v2"),
            ("/shop", "/v2", "/shop/cart", "/v2/cart"),
            ("/shop", "/v2/", "/shop/cart", "/v2/cart"),
            ("/shop", "/v2/", "/shop", "/v2/"),
            ("", "/v2", "/cart", "/v2/cart"),
            ("", "/", "/", "/"),
        ] {
            assert_eq!(
                Rewrite::new(matched.len(), target.into()).apply(path),
                expected,
                "{matched} -> {target}: {path}"
            );
        }
    }
}

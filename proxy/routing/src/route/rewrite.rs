//! Another path for the upstream: nginx's `rewrite "(?i)<path>" <target> break`.
//!
//! The whole path is replaced by the target, in which `$1` to `$9` are the groups of the route's path. The query stays as it is.

use std::sync::Arc;

use serde::Serialize;
use serde::ser::Serializer;

use super::Template;
use crate::pattern::Pattern;

/// Replaces the path of a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rewrite {
    pattern: Arc<Pattern>,
    target: Arc<Template>,
    /// What the upstream is told in `X-Forwarded-Prefix`, which may have groups too.
    prefix: Option<Arc<Template>>,
}

/// What an upstream gets.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rewritten {
    /// The path.
    pub path: String,
    /// The value of `X-Forwarded-Prefix`.
    pub prefix: Option<String>,
}

impl Rewrite {
    /// A rewrite of what `pattern` matches.
    #[must_use]
    pub fn new(pattern: Arc<Pattern>, target: Arc<Template>, prefix: Option<Arc<Template>>) -> Self {
        Self { pattern, target, prefix }
    }

    /// What the upstream gets for `path`, which is one that the route takes. Always a path: where the target makes something without a slash in
    /// front, or nothing, it gets one.
    #[must_use]
    pub fn apply(&self, path: &str) -> Rewritten {
        let highest = self.prefix.as_ref().map_or(0, |prefix| prefix.groups()).max(self.target.groups());
        let groups = if highest > 0 { self.pattern.groups(path.as_bytes()) } else { None };
        let mut path = self.target.fill(groups.as_ref());
        if !path.starts_with('/') {
            path.insert(0, '/');
        }
        Rewritten { path, prefix: self.prefix.as_ref().map(|prefix| prefix.fill(groups.as_ref())) }
    }
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct View<'v> {
    path: &'v str,
    target: &'v str,
    #[serde(skip_serializing_if = "Option::is_none")]
    forwarded_prefix: Option<&'v str>,
}

/// For people.
impl Serialize for Rewrite {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Self { pattern, target, prefix } = self;
        let forwarded_prefix = prefix.as_ref().map(|prefix| prefix.text());
        View { path: pattern.text(), target: target.text(), forwarded_prefix }.serialize(serializer)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::{Pattern, Rewrite, Template};

    #[test]
    fn the_whole_path_is_replaced_and_groups_are_filled_in() {
        for (pattern, target, path, expected) in [
            ("/shop", "/", "/shop/cart", "/"),
            ("/shop", "/v2", "/shop/cart", "/v2"),
            ("/shop(/|$)(.*)", "/$2", "/shop", "/"),
            ("/shop(/|$)(.*)", "/$2", "/shop/", "/"),
            ("/shop(/|$)(.*)", "/$2", "/SHOP/cart/1", "/cart/1"),
            ("/shop(/|$)(.*)", "/v2$1$2", "/shop/cart", "/v2/cart"),
            ("/(a)?b(.*)", "/x$1$2", "/bc", "/xc"),
            ("/(.*)", "$1", "/a/b", "/a/b"),
            ("/(.*)", "/$7", "/a", "/"),
            ("/x/(.*)", "/$10", "/x/y", "/y0"),
        ] {
            let pattern = Arc::new(Pattern::path(&pattern.into()).unwrap());
            let target = Arc::new(Template::parse(target).unwrap());
            assert_eq!(Rewrite::new(pattern, target, None).apply(path).path, expected, "{path}");
        }
    }
}

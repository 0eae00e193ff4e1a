//! Hosts that regular expressions name: asked, one after the other, for hosts that nobody names otherwise.

use std::sync::Arc;

use rustc_hash::FxHashMap;

use super::Host;
use crate::pattern::Pattern;

/// A regular expression, and the host that it is another name of.
#[derive(Clone, Debug)]
pub(super) struct Expression {
    pattern: Arc<Pattern>,
    host: Arc<Host>,
}

/// The host that the first expression that matches names.
pub(super) fn find<'e>(expressions: &'e [Expression], host: &str) -> Option<&'e Arc<Host>> {
    expressions.iter().find(|known| known.pattern.is_match(host.as_bytes())).map(|known| &known.host)
}

/// The expressions of the next table, in the order in which they are asked. `after`: hosts that change; `host`: the others.
pub(super) fn next<'h>(
    before: &[Expression],
    given: &[(Arc<Pattern>, Arc<str>)],
    after: &FxHashMap<Arc<str>, Option<Arc<Host>>>,
    host: impl Fn(&str) -> Option<&'h Host>,
) -> Arc<[Expression]> {
    let expression = |(pattern, of): &(Arc<Pattern>, Arc<str>)| {
        let is_same = |known: &&Expression| {
            known.pattern == *pattern && known.host.alias_of() == Some(of) && !after.contains_key(of)
        };
        if let Some(known) = before.iter().find(is_same) {
            return Some(known.clone());
        }
        let named = match after.get(of) {
            Some(host) => host.as_deref(),
            None => host(of),
        };
        Some(Expression { pattern: Arc::clone(pattern), host: Arc::new(named?.under(pattern.text(), of)) })
    };
    given.iter().filter_map(expression).collect()
}

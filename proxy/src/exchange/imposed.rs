//! Fields that the answers of a route get in the place of an upstream's own: what pages of other origins are told, and those that the Ingress adds.

use http::header::{HeaderName, HeaderValue};
use weir_routing::Policy;
use weir_routing::policy::Grant;

/// Fields that an answer gets. Not empty.
pub(super) struct Imposed<'t> {
    grant: Option<Grant<'t>>,
    added: &'t [(Box<str>, Box<str>)],
}

impl<'t> Imposed<'t> {
    /// What a policy adds, and what the page that asked is told. `None`: nothing.
    pub(super) fn of(policy: &'t Policy, grant: Option<Grant<'t>>) -> Option<Self> {
        let added = policy.added.as_deref().map_or(&[][..], |added| &added.0);
        (grant.is_some() || !added.is_empty()).then_some(Self { grant, added })
    }

    /// Whether a field of the upstream's gives way to one of these.
    pub(super) fn replaces(&self, name: &[u8]) -> bool {
        self.grant.as_ref().is_some_and(|grant| grant.replaces(name))
            || self.added.iter().any(|(added, _)| name.eq_ignore_ascii_case(added.as_bytes()))
    }

    /// Visits every one.
    pub(super) fn each(&self, mut visit: impl FnMut(&str, &[u8])) {
        if let Some(grant) = &self.grant {
            grant.fields(&mut visit);
        }
        self.added.iter().for_each(|(name, value)| visit(name, value.as_bytes()));
    }

    /// The same as fields.
    pub(super) fn fields(&self) -> Vec<(HeaderName, HeaderValue)> {
        let mut fields = Vec::new();
        self.each(|name, value| {
            if let (Ok(name), Ok(value)) =
                (HeaderName::from_bytes(name.as_bytes()), HeaderValue::from_bytes(value))
            {
                fields.push((name, value));
            }
        });
        fields
    }
}

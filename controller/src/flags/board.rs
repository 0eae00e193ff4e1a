//! All flags with where releases are at one moment: what is asked until the next moment takes its place. Pure.

use std::collections::BTreeMap;
use std::sync::Arc;

use weir_api::CanaryStatus;
use weir_flags::ofrep::answer::Answer;
use weir_flags::ofrep::{self, Request};
use weir_flags::{Flags, Followed, Release};

use super::compiled::Compiled;
use super::standing::standing;
use crate::catalog::{Catalog, Key};

/// All flags at one moment.
#[derive(Clone, Debug, Default)]
pub(crate) struct Board {
    flags: Arc<Flags>,
    releases: BTreeMap<Followed, Release>,
}

impl Board {
    /// Of these flags, with where the releases are that they follow.
    pub(crate) fn new(flags: Arc<Flags>, releases: BTreeMap<Followed, Release>) -> Self {
        Self { flags, releases }
    }

    /// What the objects themselves say: for a controller that only reads along.
    pub(crate) fn stored(compiled: &mut Compiled, catalog: &Catalog) -> Self {
        let flags = compiled.of(&catalog.flags);
        // One that nobody has looked at releases nothing.
        let none = CanaryStatus::default();
        let canary = |name: &str| {
            let canary = catalog.canaries.get(&Key::parse(name)?)?;
            Some(canary.status.as_ref().unwrap_or(&none))
        };
        let mut releases = BTreeMap::new();
        for (key, followed) in by_flag(&flags) {
            let kept = catalog.flags.get(&key).and_then(|object| object.status.as_ref());
            releases.extend(standing(&flags, &key, &followed, kept, canary).releases);
        }
        Self { flags, releases }
    }

    /// Answers a request.
    pub(crate) fn answer(&self, request: Request<'_>) -> Answer {
        ofrep::answer(&self.flags, request, |followed: &Followed| self.releases.get(followed).copied())
    }
}

/// What each flag follows, each once.
pub(crate) fn by_flag(flags: &Flags) -> BTreeMap<Key, Vec<&Followed>> {
    let mut by_flag: BTreeMap<Key, Vec<&Followed>> = BTreeMap::new();
    for followed in flags.followed() {
        let key = Key::new(followed.flag.namespace.as_str(), followed.flag.name.as_str());
        let all = by_flag.entry(key).or_default();
        if !all.contains(&followed) {
            all.push(followed);
        }
    }
    by_flag
}

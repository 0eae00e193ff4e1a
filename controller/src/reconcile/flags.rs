//! What flags remember of the releases that they follow: looked at after each look, and stored.

use std::collections::{BTreeMap, BTreeSet};

use weir_api::{CanaryStatus, FeatureFlag, FeatureFlagStatus, Timestamp};
use weir_rollout::status;

use super::{Controller, Looked};
use crate::catalog::{Catalog, Key};
use crate::ends::{Store, Workloads};
use crate::flags::{Board, Compiled, Standing, by_flag, standing};

/// Flags in the controller's memory.
#[derive(Debug, Default)]
pub(super) struct Flags {
    compiled: Compiled,
    kept: BTreeMap<Key, Kept>,
}

/// A flag's status as it was stored last.
#[derive(Debug, Default)]
struct Kept {
    /// Which object it is, of those that have had the same name.
    uid: Option<String>,
    /// What it remembers, stored or not.
    status: Option<FeatureFlagStatus>,
    is_stored: bool,
}

impl<S: Store, W: Workloads> Controller<S, W> {
    /// Makes the board of this moment, and stores what has come to be remembered.
    pub(super) async fn follow_flags(&mut self, catalog: &Catalog, now: Timestamp, looked: &mut Looked) {
        self.forget_flags(catalog, looked);
        let flags = self.flags.compiled.of(&catalog.flags);
        let canaries = self.canaries(catalog, &flags);
        let mut followed = by_flag(&flags);
        let mut releases = BTreeMap::new();
        for (key, object) in &catalog.flags {
            let kept = self.kept_flag(key, object).map_err(|error| looked.not_stored(error));
            let is_known = kept.is_ok();
            let kept = kept.unwrap_or_default();
            let follows = followed.remove(key).unwrap_or_default();
            let canary = |name: &str| canaries.get(name);
            let standing = standing(&flags, key, &follows, kept.status.as_ref(), canary);
            looked.problems.extend(standing.problems.iter().map(|what| format!("FeatureFlag {key}: {what}")));
            // What cannot be read is not written over: the next look reads it again.
            if is_known {
                let kept = self.keep_flag((key, object), kept, &standing, now, looked).await;
                self.flags.kept.insert(key.clone(), kept);
            }
            releases.extend(standing.releases);
        }
        looked.board = Board::new(flags, releases).into();
    }

    /// The status that is in force of each Canary that a flag follows, by `namespace/name`: an abort that could not be stored is.
    fn canaries(&self, catalog: &Catalog, flags: &weir_flags::Flags) -> BTreeMap<String, CanaryStatus> {
        let status = |key: &Key, stored: Option<&CanaryStatus>| match self.managed.get(key) {
            Some(managed) => status::write(&managed.state, &managed.status),
            None => stored.cloned().unwrap_or_default(),
        };
        let names: BTreeSet<&str> = flags.followed().map(|followed| followed.canary.as_str()).collect();
        let found = |name: &str| {
            let key = Key::parse(name)?;
            Some((name.to_owned(), status(&key, catalog.canaries.get(&key)?.status.as_ref())))
        };
        names.into_iter().filter_map(found).collect()
    }

    fn kept_flag(&mut self, key: &Key, object: &FeatureFlag) -> Result<Kept, String> {
        let uid = object.metadata.uid.clone();
        if let Some(kept) = self.flags.kept.remove(key).filter(|kept| kept.uid == uid) {
            return Ok(kept);
        }
        let read = self.store.read_flag(key, object);
        let status =
            read.map_err(|error| format!("FeatureFlag {key}: what it remembers cannot be read: {error}"))?;
        Ok(Kept { uid, status, is_stored: true })
    }

    async fn keep_flag(
        &mut self,
        (key, object): (&Key, &FeatureFlag),
        kept: Kept,
        standing: &Standing,
        now: Timestamp,
        looked: &mut Looked,
    ) -> Kept {
        let status = standing.status(kept.status.as_ref(), object.metadata.generation, now);
        if kept.is_stored && kept.status.as_ref() == Some(&status) {
            return kept;
        }
        let written = self.store.write_flag(key, object, &status).await;
        let is_stored = written.is_ok();
        if let Err(error) = written {
            looked.not_stored(format!("FeatureFlag {key}: what it remembers is not stored: {error}"));
        }
        Kept { status: Some(status), is_stored, ..kept }
    }

    /// Flags that are gone.
    fn forget_flags(&mut self, catalog: &Catalog, looked: &mut Looked) {
        let gone: Vec<Key> =
            self.flags.kept.keys().filter(|key| !catalog.flags.contains_key(key)).cloned().collect();
        for key in gone {
            match self.store.forget_flag(&key) {
                Ok(()) => drop(self.flags.kept.remove(&key)),
                Err(error) => looked.not_stored(format!("FeatureFlag {key} is gone: {error}")),
            }
        }
    }
}

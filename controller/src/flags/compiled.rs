//! Flags that can be evaluated, made of all objects at once, and only where one of them changed. Pure.

use std::collections::BTreeMap;
use std::sync::Arc;

use weir_api::FeatureFlag;
use weir_flags::{Flags, Object, ObjectName};

use crate::catalog::Key;

/// The flags of some objects.
#[derive(Clone, Debug, Default)]
pub(crate) struct Compiled {
    of: BTreeMap<Key, Arc<FeatureFlag>>,
    flags: Arc<Flags>,
}

impl Compiled {
    /// The flags of these objects: those of before, where nothing that they are made of is different.
    pub(crate) fn of(&mut self, objects: &BTreeMap<Key, Arc<FeatureFlag>>) -> Arc<Flags> {
        let same = self.of.len() == objects.len()
            && self
                .of
                .iter()
                .zip(objects)
                .all(|((key, old), (other, new))| key == other && is_same(old, new));
        if !same {
            self.flags = Arc::new(Flags::new(objects.iter().map(|(key, object)| flag(key, object))));
        }
        self.of.clone_from(objects);
        Arc::clone(&self.flags)
    }
}

fn is_same(old: &Arc<FeatureFlag>, new: &Arc<FeatureFlag>) -> bool {
    Arc::ptr_eq(old, new) || (created_seconds(old) == created_seconds(new) && old.spec == new.spec)
}

fn flag(key: &Key, object: &FeatureFlag) -> Object {
    Object {
        name: name(key),
        created_seconds: created_seconds(object),
        spec: object.spec.document.clone().into(),
    }
}

/// Objects of directories have no time: of two with one key the first by name keeps it.
fn created_seconds(object: &FeatureFlag) -> i64 {
    object.metadata.creation_timestamp.as_ref().map_or(0, |created| created.0.as_second())
}

pub(super) fn name(key: &Key) -> ObjectName {
    ObjectName { namespace: key.namespace.clone(), name: key.name.clone() }
}

//! All flags, made of all objects at once. The caller swaps the whole.

mod read;

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::fmt;

use serde::Serialize;
use serde_json::Value;

use crate::context::Context;
use crate::evaluate::evaluate;
use crate::evaluation::Evaluation;
use crate::failure::Failure;
use crate::flag::Flag;
use crate::followed::Followed;
use crate::problem::Problem;
use crate::release::Release;
use read::read;

/// Which object.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub struct ObjectName {
    /// Its namespace.
    pub namespace: String,
    /// Its name.
    pub name: String,
}

impl fmt::Display for ObjectName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.namespace, self.name)
    }
}

/// A `FeatureFlag` as it was read. Its `spec` is not yet: one that cannot be is a problem of that object alone.
#[derive(Clone, Debug, PartialEq)]
pub struct Object {
    /// Which one.
    pub name: ObjectName,
    /// When it was made, in seconds since 1970: of two with one key the older keeps it.
    pub created_seconds: i64,
    /// Its `spec`.
    pub spec: Value,
}

/// All flags by their keys.
#[derive(Clone, Debug, Default)]
pub struct Flags {
    objects: Vec<(ObjectName, Served)>,
    /// Each key with the place of its object.
    keys: BTreeMap<String, usize>,
    problems: BTreeMap<ObjectName, Vec<Problem>>,
}

#[derive(Clone, Debug)]
enum Served {
    Flag(Box<Flag>),
    /// What programs are told that ask for it.
    Broken(String),
}

impl Flags {
    /// Reads and checks all objects, in whatever order they come.
    #[must_use]
    pub fn new(objects: impl IntoIterator<Item = Object>) -> Self {
        let mut objects: Vec<Object> = objects.into_iter().collect();
        objects.sort_by(|a, b| (a.created_seconds, &a.name).cmp(&(b.created_seconds, &b.name)));
        let mut flags = Self::default();
        for Object { name, spec, .. } in objects {
            let key = spec.get("key").and_then(Value::as_str).unwrap_or(&name.name).to_owned();
            match read(spec).and_then(|spec| Flag::new(spec, &name)) {
                Ok(flag) => {
                    let keys: Vec<String> = flag.keys().map(str::to_owned).collect();
                    flags.add(name, Served::Flag(Box::new(flag)), keys);
                }
                Err(problems) => {
                    let served = Served::Broken(told(&name, &problems));
                    flags.problems.entry(name.clone()).or_default().extend(problems);
                    flags.add(name, served, vec![key]);
                }
            }
        }
        flags
    }

    /// The older of two objects keeps a key, also where it is the broken one: nobody gets another's flag because of a mistake in it.
    fn add(&mut self, name: ObjectName, served: Served, keys: Vec<String>) {
        let place = self.objects.len();
        for key in keys {
            match self.keys.entry(key) {
                Entry::Vacant(vacant) => {
                    vacant.insert(place);
                }
                Entry::Occupied(taken) => {
                    let key = taken.key();
                    let older = self.objects.get(*taken.get()).map(|(older, _)| older.clone());
                    let older = older.unwrap_or_else(|| name.clone());
                    let of_older =
                        format!("FeatureFlag {name} has the key {key:?} too, and is not served under it");
                    let of_newer = format!(
                        "{key:?} is already the key of FeatureFlag {older}, which is older and keeps it"
                    );
                    let mend = "give one of them another key";
                    self.problems.entry(older).or_default().push(Problem::new("key", of_older, mend));
                    self.problems.entry(name.clone()).or_default().push(Problem::new("key", of_newer, mend));
                }
            }
        }
        self.objects.push((name, served));
    }

    /// What is wrong, by object. One with problems may be served all the same, under its other keys.
    #[must_use]
    pub const fn problems(&self) -> &BTreeMap<ObjectName, Vec<Problem>> {
        &self.problems
    }

    /// The releases that flags follow, each with its flag.
    pub fn followed(&self) -> impl Iterator<Item = &Followed> {
        self.objects.iter().flat_map(|(_, served)| {
            match served {
                Served::Flag(flag) => Some(flag.followed()),
                Served::Broken(_) => None,
            }
            .into_iter()
            .flatten()
        })
    }

    /// Number of keys.
    #[must_use]
    pub fn len(&self) -> usize {
        self.keys.len()
    }

    /// Whether there is no flag.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.keys.is_empty()
    }

    /// The flag of a key, with the object that it is of; a failure where there is none or it is broken.
    pub fn get(&self, key: &str) -> Result<(&ObjectName, &Flag), Failure<'_>> {
        let place = self.keys.get(key).ok_or(Failure::NotFound)?;
        self.at(*place)
    }

    fn at(&self, place: usize) -> Result<(&ObjectName, &Flag), Failure<'_>> {
        match self.objects.get(place) {
            Some((name, Served::Flag(flag))) => Ok((name, flag)),
            Some((_, Served::Broken(told))) => Err(Failure::Broken(told)),
            None => Err(Failure::NotFound),
        }
    }

    /// Evaluates the flag of a key.
    pub fn evaluate(
        &self,
        key: &str,
        context: &Context,
        release: impl Fn(&Followed) -> Option<Release>,
    ) -> Result<Evaluation<'_>, Failure<'_>> {
        let (_, flag) = self.get(key)?;
        evaluate(flag, context, release)
    }

    /// Evaluates every flag, in the order of their keys.
    pub fn evaluate_all<R: Fn(&Followed) -> Option<Release>>(
        &self,
        context: &Context,
        release: R,
    ) -> impl Iterator<Item = (&str, Result<Evaluation<'_>, Failure<'_>>)> {
        self.keys.iter().map(move |(key, place)| {
            (key.as_str(), self.at(*place).and_then(|(_, flag)| evaluate(flag, context, &release)))
        })
    }
}

/// The first problem is enough for whoever asks for the flag; all of them are told to whoever wrote it.
fn told(name: &ObjectName, problems: &[Problem]) -> String {
    let first = problems.first().map(Problem::to_string).unwrap_or_default();
    match problems.len() {
        0 | 1 => format!("FeatureFlag {name} has a problem: {first}"),
        number => format!("FeatureFlag {name} has {number} problems, the first: {first}"),
    }
}

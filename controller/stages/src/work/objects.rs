//! Single objects of a cluster: looked at, changed, removed.

use serde::Deserialize;
use weir_deploy::Named;
use weir_pipeline::span::Span;

use super::finding::Finding;
use super::given;

/// Which image runs now: `image`, `images` by container, `replicas`, and `found`, which is false where there is no such Deployment.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct FindImage {
    /// Name of the Deployment.
    pub deployment: String,
    /// Its namespace. Default: `default`.
    #[serde(default, deserialize_with = "given")]
    pub namespace: Option<String>,
    /// Which of its containers. Default: the first.
    #[serde(default, deserialize_with = "given")]
    pub container: Option<String>,
}

/// Another number of replicas, and the wait for them.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Scale {
    /// Name of the Deployment.
    pub deployment: String,
    /// Its namespace. Default: `default`.
    #[serde(default, deserialize_with = "given")]
    pub namespace: Option<String>,
    /// How many.
    pub replicas: u32,
    /// How long it may take. Default: ten minutes.
    #[serde(default = "ten_minutes")]
    pub within: Span,
}

/// An earlier pod template of a Deployment in the place of the one that it has, and the wait for it.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Undo {
    /// Name of the Deployment.
    pub deployment: String,
    /// Its namespace. Default: `default`.
    #[serde(default, deserialize_with = "given")]
    pub namespace: Option<String>,
    /// Its revision, as `kubectl rollout history` counts. Default: the one before.
    #[serde(default)]
    pub revision: Option<u64>,
    /// How long it may take. Default: ten minutes.
    #[serde(default = "ten_minutes")]
    pub within: Span,
}

/// Objects to be removed; those that are not there are gone already.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Delete {
    /// Which: `{kind: Deployment, namespace: shop, name: api-canary}`.
    pub objects: Vec<Named>,
    /// How long it may take until they are gone. Default: ten minutes.
    #[serde(default = "ten_minutes")]
    pub within: Span,
}

/// Shares of a Service's requests, as its annotations say, where no Canary moves them.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Weights {
    /// Name of the Service.
    pub service: String,
    /// Its namespace. Default: `default`.
    #[serde(default, deserialize_with = "given")]
    pub namespace: Option<String>,
    /// Percent to its canary.
    pub canary: f64,
    /// Percent to its baseline. Default: as it is.
    #[serde(default)]
    pub baseline: Option<f64>,
}

const fn ten_minutes() -> Span {
    Span::minutes(10)
}

fn named(field: &str, name: &str) -> Option<Finding> {
    let mend = "give the name of an object: lower-case letters, digits, `-` and `.`";
    let is_name =
        |letter: char| letter.is_ascii_lowercase() || letter.is_ascii_digit() || "-.".contains(letter);
    let is_one = !name.is_empty() && name.chars().all(is_name);
    (!is_one).then(|| Finding::new(field, format!("{name:?} is no name"), mend))
}

impl FindImage {
    pub(super) fn check(&self) -> Vec<Finding> {
        named("deployment", &self.deployment).into_iter().collect()
    }
}

impl Scale {
    pub(super) fn check(&self) -> Vec<Finding> {
        named("deployment", &self.deployment).into_iter().collect()
    }
}

impl Undo {
    pub(super) fn check(&self) -> Vec<Finding> {
        named("deployment", &self.deployment).into_iter().collect()
    }
}

impl Delete {
    pub(super) fn check(&self) -> Vec<Finding> {
        let mut found = Vec::new();
        if self.objects.is_empty() {
            found.push(Finding::new("objects", "there is none", "name one"));
        }
        for (index, object) in self.objects.iter().enumerate() {
            found.extend(named(&format!("objects[{index}].name"), &object.name));
        }
        found
    }
}

impl Weights {
    pub(super) fn check(&self) -> Vec<Finding> {
        let mut found: Vec<Finding> = named("service", &self.service).into_iter().collect();
        let shares = [("canary", Some(self.canary)), ("baseline", self.baseline)];
        for (field, share) in shares.into_iter().filter_map(|(field, share)| Some((field, share?))) {
            if !(0.0..=100.0).contains(&share) {
                let what = format!("{share} is no share");
                found.push(Finding::new(field, what, "give percent, from 0 to 100"));
            }
        }
        if self.canary + self.baseline.unwrap_or_default() > 100.0 {
            let what = "together they are more than all requests";
            found.push(
                Finding::new("baseline", what, "give 100 at most to both").about(&["canary", "baseline"]),
            );
        }
        found
    }
}

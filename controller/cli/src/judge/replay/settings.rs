//! New settings of the judge: those of a manifest, or those of each release, with single ones changed.

use std::path::Path;

use serde_json::{Map, Value};
use weir_api::canary::Analysis;
use weir_api::names::nearest;
use weir_controller::catalog::Catalog;

use crate::Misconfigured;
use crate::args::ReplayArgs;

/// What of `spec.analysis` the judge asks about; the rest is for those who act on it.
const OF_THE_JUDGE: [&str; 4] = ["falseAbortPercent", "minRequests", "errors", "latency"];

/// What is tried.
pub(super) struct Settings {
    /// The `spec.analysis` of a manifest; `None`: that of each release.
    whole: Option<Analysis>,
    /// Single settings, each read already.
    single: Vec<(String, Value)>,
}

impl Settings {
    /// What the command line says.
    pub(super) fn read(args: &ReplayArgs) -> anyhow::Result<Self> {
        let whole = args.file.as_deref().map(of_manifest).transpose()?;
        let mut single = Vec::new();
        for (path, text) in &args.settings {
            let at = |what: String| Misconfigured(format!("--set {path}={text}: {what}"));
            // All have the same settings, so the defaults' say which there are.
            let mut all = as_object(&Analysis::default());
            let place = find(&mut all, path).map_err(at)?;
            let value = read_like(place, text).map_err(at)?;
            single.push((path.clone(), value));
        }
        Ok(Self { whole, single })
    }

    /// Whether anything is tried.
    pub(super) fn are_new(&self) -> bool {
        self.whole.is_some() || !self.single.is_empty()
    }

    /// The new settings of a release that had `own`.
    pub(super) fn on(&self, own: &Analysis) -> Analysis {
        let base = self.whole.as_ref().unwrap_or(own);
        let mut all = as_object(base);
        for (path, value) in &self.single {
            if let Ok(place) = find(&mut all, path) {
                *place = value.clone();
            }
        }
        // The object is that of an `Analysis`, and each value is of the kind that stood there.
        let changed: Option<Analysis> = serde_json::from_value(Value::Object(all)).ok();
        changed.unwrap_or_else(|| base.clone())
    }
}

/// The `spec.analysis` of the one Canary of a manifest.
fn of_manifest(path: &Path) -> anyhow::Result<Analysis> {
    let read = crate::files::read(&[path.to_owned()])?;
    let catalog = Catalog::new(read.objects, &read.problems);
    let wrong = |what: &str| {
        let what = format!("-f {}: {what}", path.display());
        let lines: Vec<String> = std::iter::once(what).chain(catalog.problems.iter().cloned()).collect();
        Misconfigured(lines.join("\n"))
    };
    let mut canaries = catalog.canaries.iter();
    match (canaries.next(), canaries.next()) {
        (Some((_, canary)), None) => Ok(canary.spec.analysis.clone()),
        (None, _) => Err(wrong("there is no Canary in there that can be read").into()),
        (Some(_), Some(_)) => {
            let known: Vec<String> = catalog.canaries.keys().map(ToString::to_string).collect();
            Err(wrong(&format!("it takes one Canary, and there are {}", known.join(", "))).into())
        }
    }
}

fn as_object(analysis: &Analysis) -> Map<String, Value> {
    match serde_json::to_value(analysis) {
        Ok(Value::Object(object)) => object,
        Ok(_) | Err(_) => Map::new(),
    }
}

/// The place of a setting, or what is wrong with its path.
fn find<'v>(all: &'v mut Map<String, Value>, path: &str) -> Result<&'v mut Value, String> {
    let mut names = path.split('.');
    let first = names.next().unwrap_or_default();
    if first == "failureBudget" || (all.contains_key(first) && !OF_THE_JUDGE.contains(&first)) {
        return Err(format!(
            "{first} has no say in a verdict: the judge asks for {}",
            OF_THE_JUDGE.join(", ")
        ));
    }
    let (mut at, mut known) = (first.to_owned(), OF_THE_JUDGE.map(str::to_owned).to_vec());
    let mut place = all.get_mut(first).ok_or_else(|| unknown(&at, first, &known))?;
    for name in names {
        let Value::Object(group) = place else { return Err(format!("{at} has nothing below it")) };
        known = group.keys().cloned().collect();
        at = format!("{at}.{name}");
        place = group.get_mut(name).ok_or_else(|| unknown(&at, name, &known))?;
    }
    if let Value::Object(group) = &*place {
        let known: Vec<String> = group.keys().map(|name| format!("{at}.{name}")).collect();
        return Err(format!("{at} is a group of settings: name one of {}", known.join(", ")));
    }
    Ok(place)
}

/// What is said of a name that is none of those that are `known` there.
fn unknown(path: &str, name: &str, known: &[String]) -> String {
    let next = match nearest(name, known.iter().map(String::as_str)) {
        Some(meant) => format!("did you mean {meant}?"),
        None => format!("there is {}", known.join(", ")),
    };
    format!("there is no setting {path:?}: {next}")
}

/// The value of a text, of the kind that stands there.
fn read_like(place: &Value, text: &str) -> Result<Value, String> {
    let wrong = |what: &str| format!("must be {what}");
    match place {
        Value::Bool(_) => text.parse::<bool>().map(Value::from).map_err(|_| wrong("true or false")),
        Value::Number(number) if number.is_u64() => {
            text.parse::<u64>().map(Value::from).map_err(|_| wrong("a whole number, such as 50"))
        }
        Value::Number(_) => {
            let number: Option<f64> = text.parse().ok().filter(|number: &f64| number.is_finite());
            number.map(Value::from).ok_or_else(|| wrong("a number, such as 0.1"))
        }
        Value::Null | Value::String(_) | Value::Array(_) | Value::Object(_) => Err(wrong("a single value")),
    }
}

#[cfg(test)]
mod tests;

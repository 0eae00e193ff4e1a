//! Images that a pipeline expects: `artifacts`, which are bound into the manifests of every stage that deploys.

use std::collections::BTreeSet;

use serde_json::{Value, json};
use weir_stages::expected;

use crate::part::Part;
use crate::report::Report;

/// Where it stands in the document.
const TO: &str = "spec.artifacts";

/// Those that have a form here.
#[derive(Debug, Default)]
pub(crate) struct Artifacts {
    /// As the document has them.
    pub(crate) written: Vec<Value>,
    /// By which stages ask for them.
    ids: BTreeSet<String>,
}

impl Artifacts {
    /// Those of a pipeline.
    pub(crate) fn of(pipeline: &Part<'_>, report: &mut Report) -> Self {
        let mut all = Self::default();
        for one in pipeline.parts("expectedArtifacts") {
            if let Err(what) = all.add(&one, report) {
                report.by_hand(one.place.clone(), what);
            }
        }
        all
    }

    /// Whether the pipeline has all that a stage asks for.
    pub(crate) fn has_all_of(&self, stage: &Part<'_>) -> bool {
        let asked = stage.items("requiredArtifactIds");
        asked.iter().all(|(_, id)| id.as_str().is_some_and(|id| self.ids.contains(id)))
    }

    /// Takes one, or says what to do in its place.
    fn add(&mut self, one: &Part<'_>, report: &mut Report) -> Result<(), String> {
        let matched = one.part("matchArtifact");
        let matched = matched.filter(|matched| matched.text("type").as_deref() == Some("docker/image"));
        let none =
            "artifacts are images here: name files in the stages that use them, with a `checkout` before";
        let image = matched.as_ref().and_then(|matched| matched.text("name")).ok_or(none)?;
        let name = self.name(&one.text("displayName").unwrap_or_else(|| image.clone()));
        let mut from = vec![json!("trigger")];
        if one.flag("usePriorArtifact") == Some(true) {
            from.push(json!("prior"));
        }
        let entry = |from: &[Value]| json!({"name": name, "image": image, "from": from});
        if let Some(problem) = self.wrong(entry(&from)) {
            return Err(format!("write it as `artifacts`: {problem}"));
        }
        if one.flag("useDefaultArtifact") == Some(true) {
            let default = one.part("defaultArtifact").and_then(|default| default.text("reference"));
            from.push(json!({"default": default.unwrap_or_default()}));
            if self.wrong(entry(&from)).is_some() {
                from.pop();
                let what =
                    format!("give it by its digest, as the last of `from`: `default: {image}@sha256:..`");
                report.by_hand(one.at("defaultArtifact"), what);
            }
        }
        if let Some(matched) = matched.filter(|matched| matched.get("version").is_some()) {
            report.changed(matched.at("version"), TO, "every tag of the image matches");
        }
        report.mapped(one.place.clone(), TO);
        self.written.push(entry(&from));
        self.ids.extend(one.text("id"));
        Ok(())
    }

    /// What is wrong with an entry beside those that are there.
    fn wrong(&self, entry: Value) -> Option<String> {
        let all: Value = self.written.iter().cloned().chain([entry]).collect();
        expected::check(Some(&all)).first().map(ToString::to_string)
    }

    /// A name as expressions have it, of words or of an image.
    fn name(&self, text: &str) -> String {
        let last = text.rsplit('/').next().unwrap_or(text);
        let plain =
            |letter: char| if letter.is_ascii_alphanumeric() { letter.to_ascii_lowercase() } else { '_' };
        let mut name: String = last.chars().map(plain).collect();
        if !name.starts_with(|letter: char| letter.is_ascii_lowercase()) {
            name.insert(0, '_');
        }
        let is_taken = |name: &str| self.written.iter().any(|entry| entry.get("name") == Some(&json!(name)));
        let numbered = (2..).map(|number| format!("{name}_{number}"));
        std::iter::once(name.clone()).chain(numbered).find(|name| !is_taken(name)).unwrap_or(name)
    }
}

//! Names that expressions will not find here. Their texts stay as they are: what they mean is known, what they should mean is not.
//!
//! Found by their spelling, in texts that have been taken over: an expression that is put together in another way is found when it runs, for expressions are strict.

use std::collections::BTreeSet;

use regex::Regex;
use weir_expression::{Condition, Limits, Template};

use crate::part::{self, Part};
use crate::report::{Entry, Outcome, Report};

/// Keys of `trigger`, whatever started the run.
const TRIGGER: [&str; 33] = [
    "type",
    "user",
    "properties",
    "parameters",
    "source",
    "payload",
    "url",
    "hash",
    "commit",
    "branch",
    "tag",
    "project",
    "slug",
    "repository",
    "author",
    "message",
    "before",
    "changed",
    "pullRequest",
    "cloneUrls",
    "scheduled",
    "digest",
    "image",
    "previousDigest",
    "server",
    "master",
    "job",
    "buildNumber",
    "link",
    "buildInfo",
    "parentPipeline",
    "parentPipelineId",
    "parentExecution",
];
/// Keys of `execution` that say the same.
const EXECUTION: [&str; 5] = ["id", "status", "buildTime", "startTime", "trigger"];
/// Keys of a build.
const BUILD: [&str; 6] = ["number", "result", "building", "url", "fullDisplayName", "artifacts"];
/// Outputs of stages that have others here.
const OUTPUTS: [&str; 9] = [
    "manifests",
    "createdArtifacts",
    "artifacts",
    "resolvedExpectedArtifacts",
    "manifestNamesByNamespace",
    "buildInfo",
    "jobStatus",
    "webhook",
    "canaryScores",
];
/// Functions that nobody answers in a run.
const FUNCTIONS: [(&str, &str); 11] = [
    ("deployedServerGroups", "the outputs of a `deploy` stage are `objects` and `images`"),
    ("manifestLabelValue", "write the label itself, or hand it on by a `variables` stage"),
    ("pipelineId", "write the name of the pipeline"),
    ("pipelineIdInApplication", "write the name of the pipeline"),
    ("canaryConfigNameToId", "write the name of the file with the config"),
    ("fromUrl", "ask by a `webhook` stage, whose outputs are `statusCode` and `body`"),
    ("jsonFromUrl", "ask by a `webhook` stage, whose outputs are `statusCode` and `body`"),
    ("yamlFromUrl", "ask by a `webhook` stage, and read its `body` by `#readYaml(..)`"),
    ("propertiesFromUrl", "ask by a `webhook` stage, or let a `step` hand the values on"),
    ("triggerResolvedArtifact", "of an image that started the run, `trigger.image` is the reference"),
    ("triggerResolvedArtifactByType", "of an image that started the run, `trigger.image` is the reference"),
];

/// What is looked for in a text. A pattern that is none is not looked for; a test holds that all are.
struct Patterns {
    stage: Option<Regex>,
    field: Option<Regex>,
    root: Option<Regex>,
    build: Option<Regex>,
    function: Option<Regex>,
    bare: Option<Regex>,
}

impl Patterns {
    fn new() -> Self {
        let compiled = |pattern: &str| Regex::new(pattern).ok();
        Self {
            stage: compiled(r#"#stage\(\s*(?:'((?:[^']|'')*)'|"([^"]*)")\s*\)"#),
            field: compiled(
                r#"#stage(?:ByRefId)?\([^()]*\)\s*\??(?:\.|\[\s*['"])(context|outputs)\b['"\]]*\s*\??(?:\.|\[\s*['"])?(\w*)"#,
            ),
            root: compiled(r##"(?:^|[^\w.'"#])(trigger|execution)\s*\??(?:\.|\[\s*['"])(\w+)"##),
            build: compiled(r#"\bbuildInfo['"\]]*\s*\??(?:\.|\[\s*['"])(\w+)"#),
            function: compiled(r"#(\w+)\s*\("),
            bare: compiled(r"(?:^|[^\w.'#])(deployedServerGroups|scmInfo)\b"),
        }
    }
}

/// What the expressions of a pipeline can name.
struct There {
    names: BTreeSet<String>,
    variables: BTreeSet<String>,
}

/// Tells of every text that names what is not there.
pub(crate) fn look(document: &Part<'_>, report: &mut Report) {
    let inner = document.part("pipeline");
    let stages = inner.as_ref().unwrap_or(document).parts("stages");
    let names: BTreeSet<String> = stages.iter().filter_map(|stage| stage.text("name")).collect();
    let variables = stages.iter().flat_map(|stage| stage.parts("variables"));
    let there = There { names, variables: variables.filter_map(|variable| variable.text("key")).collect() };
    let patterns = Patterns::new();
    let mut leaves = Vec::new();
    for (key, value) in document.fields {
        part::leaves(&document.at(key), value, &mut leaves);
    }
    let told = report.index();
    let mut found = Vec::new();
    for (place, text) in leaves.into_iter().filter_map(|(place, value)| Some((place, value.as_str()?))) {
        let is_bare = place.ends_with(".stageEnabled.expression") || place.ends_with(".context.expression");
        let is_taken =
            |entry: &&Entry| matches!(entry.outcome, Outcome::Mapped { .. } | Outcome::Changed { .. });
        if (is_bare || text.contains("${")) && told.of(&place).iter().any(is_taken) {
            let whats = findings(text, is_bare, &there, &patterns);
            found.extend(whats.into_iter().map(|what| (place.clone(), what)));
        }
    }
    for (place, what) in found {
        report.by_hand(place, what);
    }
}

fn findings(text: &str, is_bare: bool, there: &There, patterns: &Patterns) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    let limits = Limits::default();
    let parsed = if is_bare {
        Condition::parse(text, &limits).map(drop)
    } else {
        Template::parse(text, &limits).map(drop)
    };
    found.extend(parsed.err().map(|error| format!("it is no expression here: {error}")));
    for one in patterns.stage.iter().flat_map(|pattern| pattern.captures_iter(text)) {
        let name = one.get(1).or_else(|| one.get(2)).map_or("", |name| name.as_str()).replace("''", "'");
        if !there.names.contains(&name) {
            found.insert(format!("there is no stage {name:?}: name one of the pipeline's"));
        }
    }
    for [of, field] in all(patterns.field.as_ref(), text) {
        if is_foreign(of, field) && !there.variables.contains(field) {
            found.insert(stage_field(of, field));
        }
    }
    for [root, key] in all(patterns.root.as_ref(), text) {
        found.extend(root_key(root, key));
    }
    for [key] in all(patterns.build.as_ref(), text) {
        if !BUILD.contains(&key) {
            found.insert(format!("buildInfo has no {key}: it has {}; what else is known of a build, hand on by its property file", BUILD.join(", ")));
        }
    }
    for [name] in all(patterns.function.as_ref(), text) {
        let known = FUNCTIONS.iter().find(|(known, _)| *known == name);
        found.extend(known.map(|(name, mend)| format!("#{name} is not answered: {mend}")));
    }
    for [name] in all(patterns.bare.as_ref(), text) {
        found.insert(format!("there is no {name}: of a push `trigger` has `branch` and `commit`, and a `deploy` stage hands on `objects` and `images`"));
    }
    found
}

/// The groups of every match.
fn all<'t, const N: usize>(pattern: Option<&Regex>, text: &'t str) -> Vec<[&'t str; N]> {
    let matches = pattern.into_iter().flat_map(|pattern| pattern.captures_iter(text));
    matches.map(|found| found.extract::<N>().1).collect()
}

/// Outputs are told by their names there; of a context only what was handed on is the same.
fn is_foreign(of: &str, field: &str) -> bool {
    of == "context" || OUTPUTS.contains(&field)
}

fn stage_field(of: &str, field: &str) -> String {
    if of == "context" {
        return format!(
            "`context` of a stage has the fields of Weir's stage, and no {field:?} as Spinnaker has it: what a stage hands on is in ['outputs'] (findImage: image, deploy: objects and images, webhook: statusCode and body, analysis: score and scores), what was chosen in a judgment is #judgment('..')"
        );
    }
    format!(
        "look whether the stage hands on {field:?}: findImage has image, deploy has objects and images, webhook has statusCode and body, analysis has score and scores, variables their keys"
    )
}

fn root_key(root: &str, key: &str) -> Option<String> {
    if root == "trigger" {
        let what = format!(
            "trigger has no {key}: it has `properties`, `parameters`, `payload`, and what its kind tells (branch, commit, tag, image, buildInfo, ..)"
        );
        return (!TRIGGER.contains(&key)).then_some(what);
    }
    match key {
        _ if EXECUTION.contains(&key) => None,
        "stages" => Some("execution has no stages: `#stage('Name')` is one".to_owned()),
        "name" | "application" => Some(format!("execution.{key} is the name of the document")),
        _ => {
            Some(format!("execution has no {key}: it has id, name, status, buildTime, startTime and trigger"))
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::{Patterns, There, findings};

    fn told(text: &str) -> String {
        let there = There {
            names: BTreeSet::from(["Deploy".to_owned(), "It's".to_owned()]),
            variables: BTreeSet::from(["api".to_owned()]),
        };
        findings(text, false, &there, &Patterns::new()).into_iter().collect::<Vec<_>>().join("|")
    }

    #[test]
    fn what_is_there_is_not_told() {
        for text in [
            "${ trigger.properties['application'] }-${ trigger['properties'][\"a\"] }",
            "${ #stage('Deploy')['status'].toString() == 'SUCCEEDED' }",
            "${ #stage('It''s').hasFailed }",
            "${ trigger.buildInfo.number + execution.id + execution['startTime'] }",
            "${ parameters.trigger.of + 'execution.stages' }",
            "${ #readJson(a).trigger.foo }",
            "${ #stage('Deploy')['context']['api'] + #stage('Deploy').outputs.image }",
        ] {
            assert_eq!(told(text), "", "{text}");
        }
    }

    #[test]
    fn what_is_not_there_is_told_with_what_to_write() {
        for (text, expected) in [
            ("${ #stage('Deplyo')['status'] }", "there is no stage \"Deplyo\""),
            ("${ #stage(\"Gone\").status }", "there is no stage \"Gone\""),
            ("${ #stage('Deploy')['context']['canaryScores'] }", "no \"canaryScores\" as Spinnaker has it"),
            ("${ #stage('Deploy').context.x }", "no \"x\" as Spinnaker has it"),
            ("${ #stage('Deploy')['outputs']['manifests'] }", "hands on \"manifests\""),
            ("${ execution['stages'][0] }", "execution has no stages"),
            ("${ execution.name }", "execution.name is the name of the document"),
            ("${ execution.authentication.user }", "execution has no authentication"),
            ("${ trigger['artifacts'][0] }", "trigger has no artifacts"),
            ("${ trigger.buildInfo.scm[0].sha1 }", "buildInfo has no scm"),
            ("${ trigger['buildInfo']['scm'] }", "buildInfo has no scm"),
            ("${ #fromUrl('https://example.com') }", "#fromUrl is not answered"),
            ("${ deployedServerGroups[0] }", "there is no deployedServerGroups"),
            ("${ #stage('Deploy' }", "it is no expression here"),
        ] {
            let told = told(text);
            assert!(told.contains(expected), "{text}: {told}");
        }
    }

    #[test]
    fn every_pattern_is_one() {
        let Patterns { stage, field, root, build, function, bare } = Patterns::new();
        assert!([stage, field, root, build, function, bare].iter().all(Option::is_some));
    }
}

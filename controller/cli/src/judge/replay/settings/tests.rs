//! New settings: which there are, and what is said where there are none such.

use std::path::PathBuf;

use weir_api::canary::Analysis;

use super::Settings;
use crate::args::{Output, ReplayArgs};
use crate::end::EndArgs;

fn args(settings: &[(&str, &str)], file: Option<PathBuf>) -> ReplayArgs {
    let owned = |&(path, value): &(&str, &str)| (path.to_owned(), value.to_owned());
    ReplayArgs {
        paths: Vec::new(),
        file,
        settings: settings.iter().map(owned).collect(),
        good: Vec::new(),
        bad: Vec::new(),
        output: Output::Text,
        end: EndArgs::default(),
    }
}

#[test]
fn single_settings_change_what_the_release_had_and_nothing_else() {
    let own = Analysis { min_requests: 7, dry_run: true, ..Analysis::default() };
    let given =
        [("falseAbortPercent", "0.1"), ("errors.margin.absolutePercent", "2"), ("latency.enabled", "false")];
    let settings = Settings::read(&args(&given, None)).unwrap();
    let mut expected = own.clone();
    expected.false_abort_percent = 0.1;
    expected.errors.margin.absolute_percent = 2.0;
    expected.latency.enabled = false;
    assert_eq!(settings.on(&own), expected);
    assert!(settings.are_new());
    let none = Settings::read(&args(&[], None)).unwrap();
    assert!(!none.are_new());
    assert_eq!(none.on(&own), own);
}

#[test]
fn a_manifest_has_all_settings_and_single_ones_come_on_top() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("canary.yaml");
    let canary = |name: &str| {
        format!(
            "apiVersion: weir.dev/v1alpha1\nkind: Canary\nmetadata: {{name: {name}}}\nspec:\n  targetRef: {{name: api}}\n  service: api\n  \
             strategy: {{canary: {{steps: [{{setWeight: 5}}]}}}}\n  analysis: {{minRequests: 9}}\n---\n"
        )
    };
    std::fs::write(&path, canary("api")).unwrap();
    let settings = Settings::read(&args(&[("falseAbortPercent", "2")], Some(path.clone()))).unwrap();
    let own = Analysis { min_requests: 7, ..Analysis::default() };
    let expected = Analysis { min_requests: 9, false_abort_percent: 2.0, ..Analysis::default() };
    assert_eq!(settings.on(&own), expected);

    for (text, part) in [
        (canary("api") + &canary("cart"), "it takes one Canary, and there are default/api, default/cart"),
        ("kind: [".to_owned(), "there is no Canary in there that can be read"),
    ] {
        std::fs::write(&path, text).unwrap();
        let said = Settings::read(&args(&[], Some(path.clone()))).err().unwrap().to_string();
        assert!(said.contains(part), "{said}");
    }
}

#[test]
fn what_is_no_setting_of_the_judge_is_named_with_what_would_be_one() {
    for (path, value, part) in [
        ("errors.margn.absolutePercent", "1", "there is no setting \"errors.margn\": did you mean margin?"),
        (
            "speed",
            "1",
            "there is no setting \"speed\": there is falseAbortPercent, minRequests, errors, latency",
        ),
        ("dryRun", "true", "dryRun has no say in a verdict: the judge asks for falseAbortPercent"),
        ("failureBudget.failedRequests", "3", "failureBudget has no say in a verdict"),
        ("errors.margin", "1", "is a group of settings: name one of errors.margin.absolutePercent"),
        ("minRequests.few", "1", "minRequests has nothing below it"),
        ("minRequests", "1.5", "must be a whole number, such as 50"),
        ("falseAbortPercent", "often", "must be a number, such as 0.1"),
        ("falseAbortPercent", "NaN", "must be a number, such as 0.1"),
        ("errors.enabled", "1", "must be true or false"),
        ("", "1", "there is no setting \"\""),
    ] {
        let said = Settings::read(&args(&[(path, value)], None)).err().unwrap().to_string();
        assert!(said.starts_with(&format!("--set {path}={value}: ")) && said.contains(part), "{said}");
    }
}

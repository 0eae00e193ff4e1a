//! Canary configs, stores, times and scores of an analysis.

use serde_json::json;
use weir_pipeline::Work as _;
use weir_stages::Does;
use weir_stages::work::{Judge, Lookback};

use crate::fixture::{table, work};

/// The deck's, written where a file could be named.
const CONFIG: &str = "{metrics: [{name: request_duration, groups: [response_time], scopeName: default, query: {type: prometheus, metricName: http_request_duration_ms_sum, customFilterTemplate: f}}],
    templates: {f: 'pod=~\"${scope}.*\"'}, classifier: {groupWeights: {response_time: 100}}}";
/// What it needs.
const REST: &str = "control: {scope: a}, experiment: {scope: b}, lifetime: 6m";
const URL: &str = "metrics: {url: 'http://p'}";

#[test]
fn an_analysis_takes_all_that_spinnakers_stage_has() {
    let full = "analysis:
  config: canary/response.json
  metrics: {url: 'http://prometheus:9090', secret: prometheus}
  control: {scope: '${ trigger.properties.application }-baseline', location: production}
  experiment: {scope: '${ trigger.properties.application }-canary', location: production}
  parameters: {zone: a}
  lifetime: 6m
  interval: 2m
  delay: 1m
  lookback: {sliding: 3m}
  step: 5s
  controlOffset: 24h
  thresholds: {marginal: 70, pass: 90}
  judge: sequential";
    let work = work(full);
    assert_eq!(
        work.default_timeout().map(|limit| limit.as_secs()),
        Some(67 * 60),
        "delay, lifetime and an hour"
    );
    let Does::Analysis(analysis) = work.with(work.fields()).unwrap() else { panic!("{full}") };
    assert_eq!(analysis.config, json!("canary/response.json"));
    let spans = [analysis.lifetime, analysis.interval, analysis.delay, analysis.control_offset];
    assert_eq!(spans.map(|span| span.unwrap().to_string()), ["6m", "2m", "1m", "24h"]);
    assert_eq!((analysis.step.to_string().as_str(), analysis.judge), ("5s", Some(Judge::Sequential)));
    assert!(matches!(analysis.lookback, Lookback::Sliding(span) if span.to_string() == "3m"));
    assert_eq!((analysis.thresholds.marginal, analysis.thresholds.pass), (Some(70.0), Some(90.0)));
    assert_eq!(analysis.experiment.location.as_deref(), Some("production"));
}

#[test]
fn a_config_that_stands_in_the_stage_is_the_judges_and_not_evaluated() {
    let work = work(&format!("analysis: {{config: {CONFIG}, {URL}, {REST}}}"));
    let Does::Analysis(analysis) = work.with(work.fields()).unwrap() else { panic!() };
    assert_eq!(analysis.config["templates"]["f"], "pod=~\"${scope}.*\"");
    assert_eq!((analysis.lookback, analysis.step.to_string().as_str()), (Lookback::Growing, "1m"));
}

/// Rows of fields and what is wrong with them: `CONFIG`, `FILE` (with a Prometheus), `REST` and `SIDES` stand for what is usual.
fn told(rows: &[(&str, &str)]) {
    for (fields, expected) in rows {
        let fields = fields.replace("CONFIG", CONFIG).replace("FILE", &format!("config: a.json, {URL}"));
        let fields =
            fields.replace("REST", REST).replace("SIDES", "control: {scope: a}, experiment: {scope: b}");
        table(&[(&format!("analysis: {{{fields}}}"), &format!("analysis{expected}"))]);
    }
}

#[test]
fn configs_and_stores_that_cannot_be_right_are_told_before_it_runs() {
    let broken = CONFIG.replace("[response_time]", "response_time");
    let broken = format!("config: {broken}, {URL}, REST");
    told(&[
        (
            "config: ../a.json, metrics: {url: 'http://p'}, REST",
            ".config: \"../a.json\" leads out of the workspace: give a path inside it",
        ),
        (
            "config: [], metrics: {url: 'http://p'}, REST",
            ".config: it is no canary config: give a file of the workspace, or Kayenta's document",
        ),
        (
            &broken,
            ".config: metrics[0].groups: invalid type: string \"response_time\", expected a sequence: mend the canary config",
        ),
        (
            "config: a.json, metrics: {}, REST",
            ".metrics: nobody says where the series are: give `url` of a Prometheus, or a `secret` that has it",
        ),
        (
            "config: a.json, metrics: {url: 'http://p', sources: s.yaml}, REST",
            ".metrics: `sources` names all stores: leave out `url` and `secret`",
        ),
        (
            "config: a.json, metrics: {url: prometheus}, REST",
            ".metrics.url: \"prometheus\" is no address: begin it with http:// or https://",
        ),
        (
            "FILE, control: {scope: ''}, experiment: {scope: b}, lifetime: 6m",
            ".control.scope: it is empty: name what is measured",
        ),
    ]);
}

#[test]
fn times_and_scores_that_make_no_sense_are_told_before_it_runs() {
    told(&[
        ("FILE, SIDES", ": nobody says how long is measured: give `lifetime`, or `start` and `end`"),
        ("FILE, SIDES, end: '2026-01-02T03:00:00Z'", ": it has an `end` and no beginning: give `start`, too"),
        (
            "FILE, SIDES, start: yesterday, end: '2026-01-02T03:00:00Z'",
            ".start: \"yesterday\" is no instant: give one such as 2026-01-02T03:00:00Z",
        ),
        (
            "FILE, REST, interval: 7m",
            ".interval: it is longer than the lifetime, 6m: give less, or leave it out: then it is judged once",
        ),
        (
            "FILE, REST, step: 1500ms",
            ".step: 1s500ms are no whole seconds: give whole seconds: no store has shorter steps",
        ),
        ("FILE, REST, lookback: {sliding: 0s}", ".lookback.sliding: that is no time: give 5s or more"),
        (
            "FILE, REST, lookback: slidng",
            ".lookback: \"slidng\" is not known here: did you mean \"sliding\"?",
        ),
        (
            "FILE, REST, thresholds: {marginal: 90, pass: 70}",
            ".thresholds: what passes, 70, is below what fails, 90: give `pass` more than `marginal`",
        ),
        ("FILE, REST, thresholds: {pass: 101}", ".thresholds.pass: 101 is no score: give 0 to 100"),
    ]);
}

#[test]
fn what_an_expression_may_still_become_is_not_told() {
    table(&[(
        "analysis: {config: '${ a }', metrics: {url: '${ b }'}, control: {scope: '${ c }'}, experiment: {scope: d}, lifetime: '${ e }', thresholds: {pass: '${ f }', marginal: 70}}",
        "",
    )]);
}

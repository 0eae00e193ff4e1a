//! Verdicts of what the judge has printed, and of what it has not.

use serde_json::{Value, json};

use super::Verdict;

fn metric(name: &str, class: &str, reason: Option<&str>, control: (u64, f64), canary: (u64, f64)) -> Value {
    let side = |(count, mean): (u64, f64)| json!({"stats": {"count": count, "mean": mean, "min": 0, "max": 9, "std": 1}});
    json!({
        "name": name, "id": "1", "classification": class, "classificationReason": reason, "groups": ["g"],
        "controlMetadata": side(control), "experimentMetadata": side(canary),
    })
}

fn verdict(scores: &[f64], class: &str, results: &[Value], more: &Value) -> Verdict {
    let execution = |score: &f64| {
        json!({
            "result": {"judgeResult": {
                "results": results, "score": {"score": score, "classification": class, "classificationReason": "Canary Failed: because"},
            }},
            "measurements": results.iter().map(|_| json!({"control": {"query": "avg(a)"}, "experiment": {"query": "avg(b)"}})).collect::<Vec<_>>(),
        })
    };
    let mut report = json!({
        "didPassThresholds": false, "canaryScoreMessage": "Final canary score is what it is.", "canaryScores": scores,
        "thresholds": {"pass": 90.0, "marginal": 70.0}, "canaryExecutionResults": scores.iter().map(execution).collect::<Vec<_>>(),
    });
    let more = more.as_object().unwrap().clone();
    report.as_object_mut().unwrap().extend(more);
    Verdict::read(report.to_string().as_bytes()).unwrap()
}

#[test]
fn a_canary_without_data_is_told_with_what_was_asked_for() {
    let nodata = metric("duration", "Nodata", Some("Missing data for duration"), (25, 66.72), (0, 0.0));
    let verdict = verdict(&[0.0], "Fail", &[nodata], &json!({}));
    assert_eq!(
        verdict.message(),
        "the canary does not pass: Fail, score 0 at judgement 1 (it passes from 90, and fails at once at 70): duration is Nodata: Missing data for duration (control: 25 samples, mean 66.720; canary: 0 samples, mean 0.000); the canary got no requests, or nothing has its scope: the store was asked for avg(b)"
    );
    let outputs = Value::Object(verdict.outputs());
    assert_eq!(
        outputs,
        json!({"score": 0.0, "classification": "Fail", "scores": [0.0], "message": "Final canary score is what it is."})
    );
}

#[test]
fn metrics_that_are_worse_are_told_and_those_that_pass_or_are_muted_are_not() {
    let high = |name: &str| metric(name, "High", None, (9, 1.0), (9, 2.0));
    let mut muted = high("muted");
    muted["muted"] = json!(true);
    let all =
        [metric("good", "Pass", None, (9, 1.0), (9, 1.0)), muted, high("a"), high("b"), high("c"), high("d")];
    let message = verdict(&[100.0, 80.0], "Marginal", &all, &json!({})).message();
    assert!(
        message.starts_with("the canary does not pass: Marginal, score 80 at judgement 2 ("),
        "{message}"
    );
    let rest = message.split_once("): ").unwrap().1;
    let one = |name: &str| {
        format!("{name} is High (control: 9 samples, mean 1.000; canary: 9 samples, mean 2.000)")
    };
    assert_eq!(rest, format!("{}; {}; {}; and 1 more", one("a"), one("b"), one("c")));
    // Where all metrics are well, the score's own reason is what there is.
    let message = verdict(&[10.0], "Fail", &all[..1], &json!({})).message();
    assert!(message.ends_with("): Canary Failed: because"), "{message}");
}

#[test]
fn an_analysis_that_was_cut_off_says_nothing_about_the_canary() {
    let verdict = verdict(&[100.0], "Pass", &[], &json!({"exception": "prometheus cannot be asked"}));
    assert_eq!(
        verdict.message(),
        "the analysis ended before its time, and says nothing about the canary: prometheus cannot be asked"
    );
}

#[test]
fn one_judgement_by_itself_is_told_by_its_class() {
    let verdict = verdict(&[75.5], "Marginal", &[], &json!({"canaryScoreMessage": ""}));
    assert_eq!(verdict.outputs()["message"], "Canary score 75.5: Marginal.");
    assert!(Verdict::read(b"{").unwrap_err().starts_with("the judge's report cannot be read: "));
}

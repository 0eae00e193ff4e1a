//! What SonarQube writes and answers.

use weir_quality::gate::{ProjectResult, Status, Verdict};
use weir_quality::sonar::address::{Asked, Line, of_gate, of_task};
use weir_quality::sonar::{project_status, report_task, task, webhook};
use weir_quality::{Limits, Source};

fn source(text: &str) -> Source<'_> {
    Source::new("answer", text.as_bytes())
}

fn status(text: &str) -> Result<ProjectResult, weir_quality::Error> {
    project_status::parse(source(text), "shop:v1", &Limits::default())
}

#[test]
fn the_task_is_found_and_asked_about_at_the_configured_server() {
    let text =
        "projectKey=tools:shop:v1\nserverUrl=http://sonar:9000\nceTaskId=AX-1=\nbranch=feature/a b\n\n";
    let found = report_task::parse(source(text), &Limits::default()).unwrap();
    assert_eq!((found.project_key.as_str(), found.ce_task_id.as_str()), ("tools:shop:v1", "AX-1="));
    assert!(found.is_of("http://sonar:9000/") && !found.is_of("http://other:9000"));
    assert_eq!(of_task("https://s/sonar/", "a&b"), "https://s/sonar/api/ce/task?id=a%26b");
    for (asked, query) in [
        (Asked::Analysis("AY"), "analysisId=AY"),
        (Asked::ProjectId("7"), "projectId=7"),
        (Asked::Project("a:b", Line::Main), "projectKey=a%3Ab"),
        (Asked::Project("k", Line::Branch("f/x")), "projectKey=k&branch=f%2Fx"),
        (Asked::Project("k", Line::PullRequest("3")), "projectKey=k&pullRequest=3"),
    ] {
        assert_eq!(of_gate("http://s", asked), format!("http://s/api/qualitygates/project_status?{query}"));
    }
    for (text, expected) in [
        ("", "answer: the file is empty"),
        ("projectKey=a\nserverUrl=b\n", "answer: <report-task.txt> has no ceTaskId"),
        ("projectKey=a\noops\n", "answer:2: \"oops\" is found"),
    ] {
        let error = report_task::parse(source(text), &Limits::default()).unwrap_err().to_string();
        assert!(error.starts_with(expected), "{error}");
    }
}

#[test]
fn a_task_is_waited_for_until_it_has_an_analysis() {
    let answer = |rest: &str| {
        let text = format!(r#"{{"task":{{"id":"T","componentKey":"shop","type":"REPORT",{rest}}}}}"#);
        task::parse(source(&text), &Limits::default())
            .map(|task| task.state)
            .map_err(|error| error.to_string())
    };
    for (rest, state) in [
        (r#""status":"PENDING""#, task::State::Pending),
        (r#""status":"IN_PROGRESS""#, task::State::InProgress),
        (r#""status":"SUCCESS","analysisId":"A""#, task::State::Success("A".to_owned())),
        (r#""status":"FAILED","errorMessage":"no space""#, task::State::Failed("no space".to_owned())),
        (r#""status":"CANCELED""#, task::State::Canceled),
    ] {
        assert_eq!(answer(rest), Ok(state));
    }
    assert!(answer(r#""status":"SUCCESS""#).unwrap_err().contains("the task is done and has no analysis"));
    assert!(answer(r#""status":"DONE""#).unwrap_err().contains("task.status is \"DONE\", and PENDING"));
    let refused =
        task::parse(source(r#"{"errors":[{"msg":"No activity found for task 'x'"}]}"#), &Limits::default());
    assert_eq!(refused.unwrap_err().to_string(), "answer: the server says: No activity found for task 'x'");
}

#[test]
fn a_gate_of_any_version_becomes_sentences() {
    let old = status(
        r#"{"projectStatus":{"status":"WARN","conditions":[
        {"status":"WARN","metricKey":"coverage","comparator":"LT","warningThreshold":"95","errorThreshold":"92","actualValue":"94.1"},
        {"status":"OK","metricKey":"bugs","comparator":"GT","errorThreshold":"0","actualValue":"0"}],"periods":[]}}"#,
    );
    let old = old.unwrap();
    assert_eq!(old.verdict, Verdict::Warn);
    assert_eq!(old.conditions[0].sentence, "coverage is 94.1 %, at least 95 % is wished for");
    assert_eq!(old.conditions[1].sentence, "bugs is 0, at most 0 is asked for");
    let new = status(
        r#"{"projectStatus":{"status":"ERROR","ignoredConditions":true,"caycStatus":"compliant","conditions":[
        {"status":"ERROR","metricKey":"new_reliability_rating","comparator":"GT","periodIndex":1,"errorThreshold":"1","actualValue":"3"},
        {"status":"OK","metricKey":"new_coverage","comparator":"LT","errorThreshold":"80"}]}}"#,
    );
    let new = new.unwrap();
    assert_eq!(new.conditions[0].sentence, "new reliability rating is C, at most A is asked for");
    assert_eq!((new.conditions[1].status, new.verdict), (Status::NoValue, Verdict::Error));
    assert!(new.notes[0].starts_with("fewer than 20 lines are new"));
    let none = status(r#"{"projectStatus":{"status":"NONE","conditions":[]}}"#).unwrap();
    assert_eq!(none.verdict, Verdict::None);
    // A gate that contradicts itself is not believed.
    let odd = status(
        r#"{"projectStatus":{"status":"OK","conditions":[{"status":"ERROR","metricKey":"bugs","comparator":"GT","errorThreshold":"0","actualValue":"4"}]}}"#,
    );
    assert_eq!(odd.unwrap().verdict, Verdict::Error);
    for (text, expected) in [
        (r#"{"projectStatus":{"status":"FINE"}}"#, "answer: projectStatus.status is \"FINE\""),
        (
            r#"{"projectStatus":{"status":"OK","conditions":[{"status":"OK","metricKey":"a","comparator":"XX"}]}}"#,
            "answer: projectStatus.conditions[0] is \"XX\"",
        ),
        ("<html>", "answer:1: this is not the JSON of api/qualitygates/project_status"),
    ] {
        assert!(status(text).unwrap_err().to_string().starts_with(expected), "{text}");
    }
}

#[test]
fn a_web_hook_is_believed_when_it_is_signed() {
    // Test case 2 of RFC 4231.
    let (body, good) =
        (b"what do ya want for nothing?", "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
    assert_eq!(webhook::verify("Jefe", body, Some(good)), Ok(()));
    for (secret, signature, error) in [
        ("", Some(good), webhook::Forged::NoSecret),
        ("Jefe", None, webhook::Forged::Unsigned),
        ("Jefe", Some(""), webhook::Forged::Unsigned),
        ("other", Some(good), webhook::Forged::Wrong),
        ("Jefe", Some(&good[..62]), webhook::Forged::Wrong),
        ("Jefe", Some(&good[..63]), webhook::Forged::Wrong),
        ("Jefe", Some("zz"), webhook::Forged::Wrong),
    ] {
        assert_eq!(webhook::verify(secret, body, signature), Err(error));
    }
}

#[test]
fn a_web_hook_has_the_gate_of_its_task() {
    let read = |rest: &str| {
        let text = format!(r#"{{"serverUrl":"u","taskId":"T","project":{{"key":"shop"}},{rest}}}"#);
        webhook::parse(source(&text), &Limits::default())
    };
    let sent = read(
        r#""status":"SUCCESS","branch":{"name":"main","type":"BRANCH"},"qualityGate":{"name":"g","status":"ERROR","conditions":[
        {"metric":"coverage","operator":"LESS_THAN","value":"80.2","status":"ERROR","errorThreshold":"92"},
        {"metric":"new_bugs","operator":"GREATER_THAN","status":"NO_VALUE","errorThreshold":"0"}]}"#,
    );
    let sent = sent.unwrap();
    assert_eq!((sent.task_id.as_deref(), sent.branch.as_deref()), (Some("T"), Some("main")));
    assert_eq!(sent.result.conditions[0].sentence, "coverage is 80.2 %, at least 92 % is asked for");
    assert_eq!((sent.result.conditions[1].status, sent.result.verdict), (Status::NoValue, Verdict::Error));
    for (rest, verdict) in [
        (r#""status":"FAILED""#, Verdict::Error),
        (r#""status":"CANCELED""#, Verdict::Error),
        (r#""status":"SUCCESS""#, Verdict::None),
    ] {
        assert_eq!(read(rest).unwrap().result.verdict, verdict, "{rest}");
    }
    assert!(read(r#""status":"MAYBE""#).is_err());
}

//! Who is told: what is read, what is refused, and where in the file.

use weir_notify::What;
use weir_notify::target::Address;
use weir_stages::source::{PushedError, pushed};
use weir_stages::{Notification, lines, read};

use crate::fixture::{document, pipeline, problems, sound, told};

/// A pipeline with one entry.
fn entry(entry: &str) -> String {
    document("Pipeline", "shop", &format!("notifications:\n- {entry}\nstages:\n- {{name: A, wait: 1s}}"))
}

#[test]
fn an_entry_says_when_and_whom() {
    let text = entry(
        "{when: [failed, waiting], slack: {secret: chat/url, channel: '#shop'}, webhook: {url: 'https://a.test/x', key: hook/key}, \
         email: {to: ['Ann <ann@example.com>'], subject: '${ execution.id }'}, status: {secret: forge}, message: '${ trigger.branch }'}",
    );
    let made = pipeline(&text).pipeline.unwrap();
    let one = Notification::new(&made.notifications[0]).unwrap();
    assert_eq!(one.when, [What::Failed, What::Waiting]);
    let slack = one.slack.unwrap();
    assert!(matches!(slack.address(), Some(Address::Secret(key)) if key.name == "chat" && key.key == "url"));
    assert!(matches!(one.webhook.unwrap().address(), Some(Address::Url("https://a.test/x"))));
    assert_eq!(one.email.unwrap().subject.unwrap(), "${ execution.id }");
    let all = pipeline(&entry("{status: {secret: forge}}")).pipeline.unwrap();
    assert_eq!(Notification::new(&all.notifications[0]).unwrap().when, What::ALL);
}

#[test]
fn what_is_wrong_is_named() {
    for (written, expected) in [
        ("{when: [failed]}", ": it tells nobody: give at least one of `slack`, `webhook`, `email`, `status`"),
        (
            "{when: [], status: {secret: forge}}",
            ".when: it never tells anybody: give at least one of started, waiting, succeeded, failed, canceled",
        ),
        (
            "{when: [cancelled], status: {secret: forge}}",
            ".when[0]: \"cancelled\" is not known here: did you mean \"canceled\"?",
        ),
        ("{slak: {secret: a/b}}", ".slak: the key \"slak\" is not known here: did you mean \"slack\"?"),
        (
            "{slack: {channel: x}}",
            ".slack: one address is needed: give `secret: NAME/KEY`, or `url` where it is no secret",
        ),
        ("{slack: {secret: chat}}", ".slack.secret: \"chat\" is no value of a secret: write NAME/KEY"),
        ("{webhook: {url: 'ftp://a'}}", ".webhook.url: it is no address: begin it with http:// or https://"),
        (
            "{webhook: {url: 'https://${ trigger.host }/'}}",
            ".webhook.url: it is an expression, and where a message goes has to be known before the run begins: write the text itself",
        ),
        (
            "{webhook: {url: 'https://a', headers: {Content-Type: a}}}",
            ".webhook.headers: \"Content-Type\" is a field of the event's own: leave it out",
        ),
        ("{email: {to: []}}", ".email.to: nobody is in it: give at least one address"),
        (
            "{email: {to: ['${ trigger.user }@example.com']}}",
            ".email.to[0]: it is an expression, and where a message goes has to be known before the run begins: write the text itself",
        ),
        (
            "{email: {to: [ann]}}",
            ".email.to[0]: \"ann\" is no address: missing separator character '@'.: write ann@example.com or Ann <ann@example.com>",
        ),
        ("{status: {secret: ''}}", ".status.secret: it is empty: name the secret with the forge's token"),
    ] {
        assert_eq!(problems(&entry(written)), format!("spec.notifications[0]{expected}"), "{written}");
    }
    assert!(
        problems(&entry("{message: '${ a', status: {secret: forge}}"))
            .starts_with("spec.notifications[0].message: ")
    );
    assert_eq!(
        problems(&document("Pipeline", "shop", "notifications: x\nstages: [{name: A, wait: 1s}]")),
        "spec.notifications: the text \"x\" stands here: give a list"
    );
}

#[test]
fn a_stage_has_them_too_and_each_problem_has_its_line() {
    let text = document(
        "Pipeline",
        "shop",
        "stages:\n- name: A\n  wait: 1s\n  notifications:\n  - when: [failed]\n    email: {to: [ann]}\n- name: B\n  wait: 1s\n",
    );
    let (_, problems) = read(&text);
    assert_eq!(problems.len(), 1, "{}", told(&problems));
    assert_eq!(problems[0].path, "spec.stages[0].notifications[0].email.to[0]");
    assert_eq!(lines::of(&text, &problems[0].path), Some(10));
}

#[test]
fn a_call_of_a_template_adds_its_own() {
    let text = [
        document(
            "PipelineTemplate",
            "made",
            "variables: [{name: team}]\npipeline:\n  notifications:\n  - {slack: {secret: '${ templateVariables.team }/url'}}\n  stages: [{name: A, wait: 1s}]",
        ),
        "---\n".to_owned(),
        document(
            "Pipeline",
            "shop",
            "template: {name: made, values: {team: red}}\nnotifications:\n- {email: {to: [ann@example.com]}}",
        ),
    ]
    .concat();
    let file = sound(&text);
    let made = file.pipelines[0].made(&file.templates).unwrap();
    let told: Vec<Notification> =
        made.notifications.iter().map(|one| Notification::new(one).unwrap()).collect();
    assert_eq!(String::from(told[0].slack.clone().unwrap().secret.unwrap()), "red/url");
    assert_eq!(told[1].email.clone().unwrap().to, ["ann@example.com"]);
}

#[test]
fn a_pushed_file_tells_others_only_where_that_is_allowed_by_name() {
    let served = |allow: &str| {
        format!(
            "source: {{allow: [{allow}]}}\nnotifications:\n- {{slack: {{secret: chat/url}}}}\nstages:\n- name: A\n  step: {{run: a}}\n  notifications: [{{slack: {{secret: chat/url}}}}]"
        )
    };
    let pushed = |allow: &str, from: &str, to: &str| {
        let served = served(allow);
        let file = sound(&document("Pipeline", "shop", &served));
        let text = document("Pipeline", "shop", &served.replace(from, to));
        pushed(&file.pipelines[0], &[], file.pipelines[0].source.as_ref().unwrap(), &text)
    };
    for allow in ["stages.step.run", "description, stages"] {
        let Err(PushedError::Refused(all)) = pushed(allow, "chat/url", "chat/other") else {
            panic!("{allow}: it was taken")
        };
        assert_eq!(all.len(), 2, "{all:?}");
        assert!(all[0].contains("or add notifications "), "{all:?}");
        assert!(all[1].contains("stages.notifications to"), "{all:?}");
    }
    let made = pushed("notifications, stages.notifications", "chat/url", "chat/other").unwrap();
    assert_eq!(made.notifications[0]["slack"]["secret"], "chat/other");
}

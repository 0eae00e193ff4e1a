//! Decisions that people take their time for, by a clock that is set.

use jiff::{Span, Timestamp};
use serde_json::json;
use tempfile::TempDir;
use tokio::sync::watch;
use weir_pipeline::event::{Ask, Command};
use weir_pipeline::{Run, Status};
use weir_runner::runner::CommandError;
use weir_runner::{Clock, RunView, Runner};

use crate::fixture::{open_with, over, request, stages};
use crate::server::{Server, json as reply};

/// Runners of one folder, one after the other, and the time that they go by.
struct Weeks {
    folder: TempDir,
    clock: Clock,
    sets: watch::Sender<Timestamp>,
}

impl Weeks {
    fn new() -> Self {
        let (sets, clock) = Clock::set("2026-11-02T09:00:00Z".parse().unwrap());
        Self { folder: TempDir::new().unwrap(), clock, sets }
    }

    async fn open(&self) -> Runner {
        open_with(self.folder.path().to_owned(), |options| options.clock = self.clock.clone()).await
    }

    /// So many hours later.
    fn after(&self, hours: i64) {
        self.sets.send_modify(|now| *now += Span::new().hours(hours));
    }
}

async fn once_waiting(runner: &Runner, id: &str) {
    let mut watched = runner.watch(id).unwrap();
    let waits = |run: &Run| run.stage("promote").unwrap().standing.status() == Status::Running;
    watched.wait_for(|run| waits(run)).await.unwrap();
}

fn view(runner: &Runner, id: &str) -> RunView {
    runner.store().view(id).unwrap().unwrap()
}

/// What somebody is answered who decides that it goes on.
async fn approve(runner: &Runner, id: &str, by: &str, roles: &[&str], input: &str) -> Result<(), String> {
    let ask = Ask::Judge {
        stage: "promote".to_owned(),
        go_on: true,
        input: Some(input.to_owned()),
        reason: Some("the graphs are flat".to_owned()),
        roles: roles.iter().map(|role| (*role).to_owned()).collect(),
    };
    let answer = runner.command(id, Command { by: by.to_owned(), life: 0, ask }).await;
    answer.map_err(|error| match error {
        CommandError::Refused(why) => why.to_string(),
        error => panic!("{error}"),
    })
}

#[tokio::test]
async fn a_judgment_survives_a_week_of_restarts_and_is_taken_by_who_may() {
    let server = Server::new(|_, _| reply(200, &json!({}))).await;
    let weeks = Weeks::new();
    let spec = format!(
        "timeZone: Europe/Berlin
notifications:\n- {{when: [waiting, succeeded], webhook: {{url: {}/hook}}}}
stages:
- name: Promote
  judgment: {{owner: the shop's team, reason: 'of ${{ trigger.version }}', instructions: look twice, inputs: [blue, green], roles: [release, sre], expires: 169h}}
- {{name: Values, variables: [{{key: color, value: '${{ #judgment(''Promote'') }}'}}]}}\n",
        server.url
    );
    let runner = weeks.open().await;
    let id = runner.start(request(&spec, json!({"version": "1.4"}))).await.unwrap();
    once_waiting(&runner, &id).await;
    server.once_asked(1).await;
    runner.close().await;
    for restart in 1..=28 {
        weeks.after(6);
        let runner = weeks.open().await;
        once_waiting(&runner, &id).await;
        let (by, roles, input) =
            [("bob", &["dev"][..], "green"), ("cyd", &[][..], "blue"), ("ada", &["sre"][..], "red")]
                [restart % 3];
        let refused = approve(&runner, &id, by, roles, input).await.unwrap_err();
        assert!(
            refused.contains("is for release, sre to judge") || refused.contains("give one of blue, green")
        );
        let asked = view(&runner, &id).stages.remove(0);
        let expected = "waits for the shop's team to decide since 2026-11-02T09:00:00Z until 2026-11-09T10:00:00Z (as release or sre; one of blue, green): of 1.4: look twice";
        assert_eq!((asked.message.as_str(), asked.decisions.len()), (expected, 0), "restart {restart}");
        runner.told().await;
        runner.close().await;
    }
    let runner = weeks.open().await;
    approve(&runner, &id, "ada", &["ops", "sre"], "green").await.unwrap();
    let run = over(&runner, &id).await;
    assert_eq!(stages(&run), "promote Succeeded, values Succeeded");
    assert_eq!(run.stage("values").unwrap().outputs["color"], "green");
    runner.told().await;
    runner.close().await;
    let runner = weeks.open().await;
    let decided = view(&runner, &id).stages.remove(0);
    let expected = "ada decided to go on with green as sre at 2026-11-09T09:00:00Z: the graphs are flat";
    assert_eq!((decided.message.as_str(), decided.attempt), (expected, 1));
    let types: Vec<String> = server.asked().iter().map(|one| one.body["type"].to_string()).collect();
    assert_eq!(types, ["\"dev.weir.stage.waiting.v1\"", "\"dev.weir.run.succeeded.v1\""]);
    let reason = server.asked()[0].body["data"]["reason"].as_str().unwrap().to_owned();
    assert!(reason.starts_with("for the shop's team to decide until 2026-11-09T10:00:00Z: "), "{reason}");
}

#[tokio::test]
async fn a_judgment_that_expires_while_nobody_runs_it_ends_at_once_when_somebody_does() {
    let weeks = Weeks::new();
    for (when, status, says) in [
        ("stop", Status::Terminal, "nobody decided within 72h; ada was asked"),
        ("goOn", Status::Succeeded, "nobody decided within 72h; ada was asked, and it goes on by itself"),
    ] {
        let spec = format!("stages: [{{name: Promote, judgment: {{owner: ada, whenExpired: {when}}}}}]");
        let runner = weeks.open().await;
        let id = runner.start(request(&spec, json!({}))).await.unwrap();
        once_waiting(&runner, &id).await;
        runner.close().await;
        weeks.after(71);
        let runner = weeks.open().await;
        once_waiting(&runner, &id).await;
        runner.close().await;
        weeks.after(1);
        let runner = weeks.open().await;
        let run = over(&runner, &id).await;
        assert_eq!((run.status, run.ended), (status, Some(*weeks.sets.borrow())));
        assert_eq!(view(&runner, &id).stages[0].message, says);
        runner.close().await;
    }
}

#[tokio::test]
async fn a_judgment_expires_while_its_runner_waits() {
    let weeks = Weeks::new();
    let runner = weeks.open().await;
    let id = runner
        .start(request("stages: [{name: Promote, judgment: {expires: 24h}}]", json!({})))
        .await
        .unwrap();
    once_waiting(&runner, &id).await;
    weeks.after(24);
    let run = over(&runner, &id).await;
    assert_eq!(run.reason.as_deref(), Some("stage \"Promote\" failed: nobody decided within 24h"));
}

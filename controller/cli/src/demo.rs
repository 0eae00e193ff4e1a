//! `weir demo`: three releases of a sample service, played on this machine.
//!
//! ```text
//! state folder -> example manifests -> proxy + controller + pods -> traffic -> release after release -> table
//! ```

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use tokio::time::{Instant, MissedTickBehavior, interval, sleep};
use weir_api::status::ReleaseOutcome;
use weir_controller::local::stop_pods;
use weir_controller::report::Report;
use weir_controller::view::{ReleaseView, Released};
use weir_directory::StateDirectory;
use weir_process::Stop;

use crate::INTERRUPTED;
use crate::args::{DemoArgs, Sample};
use crate::follow::{Follower, LOOK_EVERY, now};
use crate::outcome::Ending;
use crate::progress::{Happening, Reporter, words};
use crate::stack::{Stack, Told};
use crate::state::StateFolder;
use traffic::Traffic;

mod example;
mod traffic;

/// Pods of an earlier demo that do not end by themselves within this time are killed.
const POD_PATIENCE: Duration = Duration::from_secs(2);
/// The sample service must answer within this time.
const SERVING_DEADLINE: Duration = Duration::from_secs(20);
/// Requests before the first release, so that there is something to compare with.
const WARM_UP: Duration = Duration::from_secs(3);

/// Plays the demo to its end, to an interruption, or, with `--keep`, for as long as nobody interrupts.
pub(crate) async fn run(args: DemoArgs, stop: &mut Stop) -> Result<ExitCode> {
    let folder = StateFolder::take(&args.state)?;
    // An earlier demo may have been killed with its pods still running: their records go with the folder, so they must go first.
    stop_pods(&StateDirectory::open(folder.path())?, POD_PATIENCE).await?;
    folder.empty()?;
    let manifests = folder.path().join("manifests");
    example::write(&manifests)?;
    let mut reporter = Reporter::choose(args.json);
    let started = Stack::start_or_stop(&manifests, folder.path(), Told::default(), &args.place, stop).await?;
    let Some(stack) = started else { return Ok(ExitCode::from(INTERRUPTED)) };
    let mut demo =
        Demo { follower: Follower::new(stack.controller(), example::CANARY), stack, manifests, args };
    let played = tokio::select! {
        played = demo.play(&folder, &mut reporter) => Some(played),
        () = stop.requested() => None,
    };
    demo.stack.stop().await;
    played.unwrap_or_else(|| {
        let reports = folder.path().join("reports");
        let text = format!("interrupted; reports so far: {}", words::short_path(&reports));
        reporter.tell(&Happening::Note { text: &text });
        Ok(ExitCode::from(INTERRUPTED))
    })
}

/// A running demo.
struct Demo {
    stack: Stack,
    follower: Follower,
    manifests: PathBuf,
    args: DemoArgs,
}

impl Demo {
    async fn play(&mut self, folder: &StateFolder, reporter: &mut Reporter) -> Result<ExitCode> {
        self.wait_until_serving().await?;
        let addresses = self.stack.addresses();
        let url = format!("http://{}:{}{}", example::HOST, addresses.listen.port(), example::PATH);
        reporter.tell(&Happening::Started {
            url: &url,
            admin: addresses.admin,
            controller: addresses.controller,
            ofrep: None,
            state: folder.path(),
            requests_per_second: Some(self.args.rate),
        });
        let mut traffic =
            Traffic::start(addresses.listen, self.args.rate, &folder.path().join("logs/weir-load.log"))?;
        self.watch(WARM_UP, &mut traffic, reporter).await?;
        let samples =
            if self.args.release.is_empty() { Sample::ALL.to_vec() } else { self.args.release.clone() };
        let mut endings = Vec::with_capacity(samples.len());
        for (index, sample) in samples.iter().enumerate() {
            reporter.tell(&Happening::Release { name: sample.name(), number: index + 1, of: samples.len() });
            let ending = self.release(*sample, &mut traffic, reporter).await?;
            reporter.tell(&Happening::Result(&ending));
            endings.push(ending);
        }
        let as_expected = endings.iter().all(Ending::as_expected);
        reporter.tell(&Happening::Done { results: &endings, as_expected });
        if self.args.keep {
            self.keep(&url, &mut traffic, reporter).await?;
        }
        traffic.stop().await;
        Ok(if as_expected { ExitCode::SUCCESS } else { ExitCode::FAILURE })
    }

    /// Plays one release until it has ended.
    async fn release(
        &mut self,
        sample: Sample,
        traffic: &mut Traffic,
        reporter: &mut Reporter,
    ) -> Result<Ending> {
        let failed_before = traffic.totals().errors;
        let (since, deadline) = (now(), Instant::now() + Duration::from_secs(u64::from(self.args.duration)));
        example::release(&self.manifests, sample)?;
        let mut ticks = interval(LOOK_EVERY);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut given_up = false;
        loop {
            tokio::select! {
                _ = ticks.tick() => {}
                progress = traffic.progress() => { progress?; continue }
                note = self.stack.supervise() => { reporter.tell(&Happening::Note { text: &note? }); continue }
            }
            if !given_up && Instant::now() > deadline {
                given_up = true;
                let text = format!("no verdict within {} s: giving the release up", self.args.duration);
                reporter.tell(&Happening::Note { text: &text });
                self.follower.command("abort").await.context("cannot abort the release")?;
            }
            let Some(view) = self.follower.look().await else { continue };
            let Some(release) = view.release.clone().filter(|release| release.name == sample.name()) else {
                continue;
            };
            if release.started_at < since {
                continue;
            }
            self.follower.tell(&view, since, reporter);
            // How it ended, once nothing is left to do.
            if let Some(outcome) = release.outcome.filter(|_| !view.phase.is_going_on()) {
                // The users' own count follows a second later.
                let failed = traffic.progress().await?.errors.saturating_sub(failed_before);
                return Ok(ending(sample, outcome, &view, release, failed));
            }
        }
    }

    /// Lets time pass, with an eye on the programs.
    async fn watch(&mut self, span: Duration, traffic: &mut Traffic, reporter: &mut Reporter) -> Result<()> {
        let end = sleep(span);
        tokio::pin!(end);
        loop {
            tokio::select! {
                () = &mut end => return Ok(()),
                progress = traffic.progress() => { progress?; }
                note = self.stack.supervise() => reporter.tell(&Happening::Note { text: &note? }),
            }
        }
    }

    /// Stays up, with traffic, and follows what a visitor does.
    async fn keep(&mut self, url: &str, traffic: &mut Traffic, reporter: &mut Reporter) -> Result<()> {
        let addresses = self.stack.addresses();
        for text in [
            format!("staying up until Ctrl-C; try: curl -i {url}/flags"),
            format!(
                "why a request goes where it goes: curl 'http://{}/debug/routes?host={}&path={}'",
                addresses.admin,
                example::HOST,
                example::PATH
            ),
            format!(
                "release something: edit {}/canary.yaml, then weir status --watch --controller {}",
                words::short_path(&self.manifests),
                addresses.controller
            ),
        ] {
            reporter.tell(&Happening::Note { text: &text });
        }
        let since = now();
        loop {
            self.watch(LOOK_EVERY, traffic, reporter).await?;
            if let Some(view) = self.follower.look().await.filter(|view| view.phase.is_going_on()) {
                self.follower.tell(&view, since, reporter);
            }
        }
    }

    async fn wait_until_serving(&mut self) -> Result<()> {
        let deadline = Instant::now() + SERVING_DEADLINE;
        loop {
            let view = self.follower.look().await;
            if view.as_ref().is_some_and(|view| view.stable_image.is_some() && view.problems.is_empty())
                && self.answers().await
            {
                return Ok(());
            }
            if Instant::now() > deadline {
                let problems = view.map(|view| view.problems.join("; ")).unwrap_or_default();
                bail!(
                    "the sample service does not answer after {} s: {problems}",
                    SERVING_DEADLINE.as_secs()
                );
            }
            sleep(Duration::from_millis(50)).await;
        }
    }

    /// Whether the proxy has a pod to send the sample's requests to.
    async fn answers(&self) -> bool {
        let admin = crate::admin::Admin::new(self.stack.addresses().listen);
        matches!(admin.status(example::HOST, &format!("{}/health", example::PATH)).await, Ok(status) if status.is_success())
    }
}

fn ending(
    sample: Sample,
    outcome: ReleaseOutcome,
    view: &ReleaseView,
    release: Released,
    failed: u64,
) -> Ending {
    let decided = release.decided_at.unwrap_or(view.at);
    let expected = if sample.is_sound() { ReleaseOutcome::Promoted } else { ReleaseOutcome::Aborted };
    Ending {
        release: release.name,
        outcome,
        expected,
        after_millis: u64::try_from(decided.since(release.started_at).as_millis()).unwrap_or(u64::MAX),
        reason: release.reason,
        users_hit: release.users_hit,
        failed_requests: failed,
        report: view.report.as_deref().map(|report| words::short_path(report.as_ref())).unwrap_or_default(),
        page: view.report.as_deref().and_then(drawn).map(|page| words::short_path(&page)),
    }
}

/// The page of a report, beside it; `None` where the report cannot be read or the page not be written.
fn drawn(report: &str) -> Option<PathBuf> {
    let text = std::fs::read_to_string(report).ok()?;
    let report_read: Report = serde_json::from_str(&text).ok()?;
    let page = Path::new(report).with_extension("html");
    std::fs::write(&page, weir_controller::page::release(&report_read)).ok()?;
    Some(page)
}

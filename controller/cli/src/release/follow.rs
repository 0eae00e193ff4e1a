//! A release, to its end.

use std::process::ExitCode;
use std::time::Duration;

use anyhow::{Result, anyhow};
use tokio::time::{Instant, sleep};
use weir_api::Canary;
use weir_api::status::{CanaryStatus, ReleaseOutcome};
use weir_process::Stop;

use crate::args::ReleaseArgs;
use crate::cluster::Access;
use crate::cluster::canaries::{ANSWER_WITHIN, controller_hint};
use crate::end::Named;
use crate::follow::now;
use crate::form::print;
use crate::progress::words::{clock, took};
use crate::screen::{Screen, Woken, left};
use crate::status::tree::Shape;
use crate::status::{gather, name_of, tree};
use crate::terminal;
use crate::{INTERRUPTED, Misconfigured, Refused};

/// How often the release is looked at.
const LOOK_EVERY: Duration = Duration::from_millis(500);
/// How long the API server may be away while somebody watches.
const AWAY: Duration = Duration::from_secs(90);
/// How long the controller may take to start while somebody watches.
const STARTS_WITHIN: Duration = Duration::from_mins(2);

/// Waits until the controller has taken the release up, and with `--watch` until it has ended.
pub(super) async fn follow(
    access: &Access,
    written: &Canary,
    args: &ReleaseArgs,
    stop: &mut Stop,
) -> Result<ExitCode> {
    let named = name_of(written);
    let mut shown = Shown::new()?;
    let mut seen = Instant::now();
    loop {
        let looked = tokio::select! {
            looked = access.canary(&named) => looked,
            () = stop.requested() => return shown.interrupted(&named),
        };
        let canary = match looked {
            Ok(canary) => canary,
            // An API server that is away for a while is no end of the release.
            Err(error) if seen.elapsed() > AWAY || error.is::<Misconfigured>() => return Err(error),
            Err(_) => {
                if shown.wait(stop).await? == Woken::Stop {
                    return shown.interrupted(&named);
                }
                continue;
            }
        };
        seen = Instant::now();
        let status = canary.status.clone().unwrap_or_default();
        let is_taken = status.observed_generation >= written.metadata.generation;
        if is_taken && status.message.starts_with("cannot be followed") {
            return Err(Misconfigured(format!("{named}: {}", status.message)).into());
        }
        if !is_taken {
            shown.wait_for_controller(&named, args.watch)?;
        }
        if is_taken {
            replaced(&named, &canary, &args.image)?;
            if !args.watch {
                print(&format!("{named}: {}; `weir status {named} --watch` follows it\n", status.message))?;
                return Ok(ExitCode::SUCCESS);
            }
            shown.tell(access, &canary, &status).await?;
            if let Some((text, code)) = ended(&named, &status).filter(|_| is_about(&status, &args.image)) {
                left(shown.screen.as_mut())?;
                print(&text)?;
                return Ok(code);
            }
        }
        if shown.wait(stop).await? == Woken::Stop {
            return shown.interrupted(&named);
        }
    }
}

/// Somebody has named another release meanwhile.
fn replaced(named: &Named, canary: &Canary, image: &str) -> Result<(), Refused> {
    match &canary.spec.release {
        Some(release) if release.image == image => Ok(()),
        Some(other) => Err(Refused(format!("{named}: another release was named meanwhile: {}", other.image))),
        None => Err(Refused(format!("{named}: the release was taken out of the Canary meanwhile"))),
    }
}

/// Whether a status is about this release, and not about one before it that is still being given up.
fn is_about(status: &CanaryStatus, image: &str) -> bool {
    status.release.as_ref().is_some_and(|release| release.revision.image == image)
}

/// The end in words and as an exit code, if the release has come to it.
fn ended(named: &Named, status: &CanaryStatus) -> Option<(String, ExitCode)> {
    let release = status.release.as_ref().filter(|_| !status.phase.is_going_on())?;
    let after = release.decided_at.unwrap_or_else(now).since(release.started_at);
    let runs = status.stable.as_ref().map(|stable| stable.image.as_str()).unwrap_or_default();
    let outcome = release.outcome?;
    let code = match outcome {
        ReleaseOutcome::Promoted => ExitCode::SUCCESS,
        ReleaseOutcome::Aborted => ExitCode::FAILURE,
    };
    let reason = &release.reason;
    Some((format!("{named}: {outcome} after {}: {reason}; production runs {runs}\n", took(after)), code))
}

struct Shown {
    /// Where it is redrawn; `None` where lines are printed.
    screen: Option<Screen>,
    message: String,
    began: Instant,
    /// Whether it was said that the controller is not there yet.
    waits: bool,
}

impl Shown {
    fn new() -> Result<Self> {
        let screen = if terminal::is_redrawn() { Some(Screen::new()?) } else { None };
        Ok(Self { screen, message: String::new(), began: Instant::now(), waits: false })
    }

    /// Until the next look.
    async fn wait(&mut self, stop: &mut Stop) -> Result<Woken> {
        if let Some(screen) = &mut self.screen {
            return Ok(screen.wait(LOOK_EVERY, stop).await?);
        }
        tokio::select! {
            () = sleep(LOOK_EVERY) => Ok(Woken::Time),
            () = stop.requested() => Ok(Woken::Stop),
        }
    }

    fn interrupted(&mut self, named: &Named) -> Result<ExitCode> {
        left(self.screen.as_mut())?;
        print(&format!(
            "{named}: the release goes on: `weir status {named} --watch` follows it, `weir abort {named}` ends it\n"
        ))?;
        Ok(ExitCode::from(INTERRUPTED))
    }

    /// Who watches has time: a controller that was installed a moment ago is still starting.
    fn wait_for_controller(&mut self, named: &Named, watches: bool) -> Result<()> {
        let waited = self.began.elapsed();
        if waited > if watches { STARTS_WITHIN } else { ANSWER_WITHIN } {
            return Err(anyhow!(
                "{named}: the release is named, and the controller has not taken it up after {} s; it begins as soon as it does: {}",
                waited.as_secs(),
                controller_hint()
            ));
        }
        if waited > ANSWER_WITHIN && !self.waits {
            self.waits = true;
            print(&format!("  {:>5}  waiting for the controller: {}\n", clock(waited), controller_hint()))?;
        }
        Ok(())
    }

    /// The tree on a terminal, a line for what is new where there is none.
    async fn tell(&mut self, access: &Access, canary: &Canary, status: &CanaryStatus) -> Result<()> {
        if let Some(screen) = &mut self.screen {
            let seen = gather::seen(access, canary.clone()).await;
            let text = tree::of(&seen, now(), Shape::of_stdout(false));
            return Ok(screen.show(&text)?);
        }
        if self.message != status.message {
            self.message.clone_from(&status.message);
            print(&format!("  {:>5}  {}\n", clock(self.began.elapsed()), status.message))?;
        }
        Ok(())
    }
}

//! What was seen, in the words of the decision. Pure.

use weir_api::Track;
use weir_api::status::Acknowledged;
use weir_rollout::desired::{Desired, Pods};
use weir_rollout::state::{Stable, State};
use weir_rollout::{Command, Manifest, Observed, Wanted, desired};

use crate::evidence::Requests;
use crate::fleet::{self, Pod, replicas_for};
use crate::reconcile::subject::Subject;
use crate::scrape::Scraped;
use crate::template::revision;

mod by_template;

/// What stable runs where nothing was ever released: what the manifest says.
pub(super) fn first_stable(subject: &Subject) -> Stable {
    if let Some(templates) = &subject.templates {
        return by_template::first_stable(subject, templates);
    }
    let revision = revision(&subject.template, &subject.image);
    Stable { revision, manifest_image: subject.image.clone(), before: None }
}

/// What was seen of one Canary.
pub(super) fn observe(
    subject: &Subject,
    state: &State,
    pods: &[Pod],
    scraped: &[Scraped],
    requests: Requests,
    command: Option<Command>,
) -> Observed {
    let Subject { deployment, replicas, .. } = subject;
    let Requests { at_this_weight, answered, users_hit } = requests;
    let Desired { stable, canary, baseline, split: _ } = desired(&subject.policy, state);
    let side = |track, pods_wanted: &Pods| {
        let wanted = match pods_wanted {
            Pods::Run { revision, share, at_least } => {
                Some((revision.revision.as_str(), replicas_for(*share, *replicas).max(*at_least)))
            }
            Pods::None | Pods::Keep => None,
        };
        fleet::readiness(pods, deployment, track, wanted, *replicas)
    };
    let wanted_stable = Some((stable.revision.as_str(), *replicas));
    Observed {
        is_deleted: subject.is_deleted,
        wanted: wanted(subject, state).filter(|_| !subject.is_deleted),
        manifest: manifest(subject, state),
        stable: fleet::readiness(pods, deployment, Track::Stable, wanted_stable, *replicas),
        canary: side(Track::Canary, &canary),
        baseline: side(Track::Baseline, &baseline),
        acknowledged: acknowledged(scraped, &subject.key.to_string(), state.epoch),
        in_flight: in_flight(scraped, &subject.service),
        canary_requests: at_this_weight,
        users_hit,
        tripped: tripped(scraped, &subject.key.to_string(), state),
        answered,
        command,
    }
}

/// Why a proxy sends nothing more to the canary of the release that `state` is in.
fn tripped(scraped: &[Scraped], canary: &str, state: &State) -> Option<String> {
    let since_epoch = state.split()?.breaker.as_ref()?.since_epoch;
    scraped.iter().find_map(|scraped| {
        let trip = scraped.report.as_ref().ok()?.trips.get(canary)?;
        // One of a release before says nothing about this one.
        (trip.since_epoch == since_epoch)
            .then(|| format!("proxy {} took the canary out: {}", scraped.proxy, trip.reason))
    })
}

fn wanted(subject: &Subject, state: &State) -> Option<Wanted> {
    if subject.templates.is_some() {
        return by_template::wanted(&subject.template, state);
    }
    subject.spec.release.as_ref().map(|release| Wanted {
        name: release.display_name().to_owned(),
        revision: revision(&subject.template, &release.image),
    })
}

fn manifest(subject: &Subject, state: &State) -> Manifest {
    if subject.templates.is_some() {
        return by_template::manifest(state);
    }
    Manifest {
        image: subject.image.clone(),
        with_stable_image: revision(&subject.template, &state.stable.revision.image),
        as_written: revision(&subject.template, &subject.image),
    }
}

/// How many proxies serve an epoch. One that does not answer is one of all, and never one that acknowledges.
pub(super) fn acknowledged(scraped: &[Scraped], canary: &str, epoch: u64) -> Acknowledged {
    let serves = |scraped: &&Scraped| {
        scraped.report.as_ref().is_ok_and(|report| report.epochs.get(canary) == Some(&epoch))
    };
    let count = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
    Acknowledged { proxies: count(scraped.iter().filter(serves).count()), of: count(scraped.len()) }
}

/// Requests in flight on a Service's canary and baseline; `None` where a proxy did not tell.
fn in_flight(scraped: &[Scraped], service: &str) -> Option<u64> {
    let mut sum: u64 = 0;
    for scraped in scraped {
        let report = scraped.report.as_ref().ok()?;
        let tracks = report.series.iter().filter(|series| {
            series.key.service == service
                && matches!(series.key.track.parse(), Ok(Track::Canary | Track::Baseline))
        });
        sum = tracks.fold(sum, |sum, series| sum.saturating_add(series.counts.in_flight));
    }
    Some(sum)
}

//! Whether releases go on.

use kube::ResourceExt;
use weir_api::Canary;

use crate::cluster::canaries::is_going_on;
use crate::doctor::checks::Checks;
use crate::doctor::finding::{Checked, Verdict, few};
use crate::doctor::seen::Seen;

pub(super) fn checks(seen: &Seen) -> Checks<'_> {
    let mut checks = vec![("leader", leader(seen))];
    // Where none is ready, nobody has any, and that none is was said of the leader.
    if !seen.controllers.is_empty() {
        checks.push(("problems", Ok(problems(seen))));
    }
    checks.push(("canaries", canaries(seen)));
    checks
}

/// Somebody does the controller's work: the holder of the Lease, or the only one there is.
fn leader(seen: &Seen) -> Checked<'_> {
    let lease = seen.lease.as_ref()?;
    seen.pods.as_ref()?;
    let ready: Vec<&str> = seen.controllers.iter().map(|asked| asked.pod.as_str()).collect();
    let logs = format!("kubectl -n {} logs deployment/weir-controller", seen.namespace);
    let holder = lease
        .as_ref()
        .and_then(|lease| lease.spec.as_ref()?.holder_identity.clone())
        .filter(|holder| !holder.is_empty());
    Ok(match (holder, ready.as_slice()) {
        (_, []) => Verdict::fail("no controller is ready: no release goes on, and none is aborted", logs),
        (Some(holder), pods) if pods.iter().any(|pod| holder.contains(pod)) => {
            Verdict::ok(format!("{holder} leads"))
        }
        (Some(holder), pods) => Verdict::warn(
            format!("{holder} leads and is none of the ready ones: {}", pods.join(", ")),
            format!("another one takes over within half a minute; if not: {logs}"),
        ),
        (None, [only]) => Verdict::ok(format!("{only} is the only one")),
        (None, pods) => {
            Verdict::warn(format!("none of {} has the Lease weir-controller", pods.join(", ")), logs)
        }
    })
}

/// What keeps the controller from its work, as the one that leads says itself: others look at nothing and say nothing.
fn problems(seen: &Seen) -> Verdict {
    let silent = seen.controllers.iter().filter_map(|asked| Some((&asked.pod, asked.said.as_ref().err()?)));
    let silent: Vec<_> = silent.collect();
    if let [(pod, why), ..] = silent.as_slice()
        && silent.len() == seen.controllers.len()
    {
        let found = format!("{pod} does not say: {why}");
        return Verdict::warn(found, "is port 9902 of its pod reached?");
    }
    let mut problems: Vec<String> =
        seen.controllers.iter().flat_map(|asked| asked.said.iter().flatten().cloned()).collect();
    problems.sort();
    problems.dedup();
    if problems.is_empty() {
        return Verdict::ok("the controller has none");
    }
    Verdict::warn(few(&problems), "each says what is wrong; kubectl describe of the Canary has it too")
}

fn canaries(seen: &Seen) -> Checked<'_> {
    let canaries = seen.canaries.as_ref()?;
    let stuck: Vec<String> = canaries.iter().filter_map(stuck).collect();
    if stuck.is_empty() {
        let going = canaries.iter().filter(|canary| is_going_on(canary)).count();
        return Ok(Verdict::ok(format!("{} there, {going} releases in progress", canaries.len())));
    }
    Ok(Verdict::warn(
        few(&stuck),
        "kubectl describe canary says more; weir abort ends a release that does not go on",
    ))
}

/// What is wrong with a Canary; `None`: nothing that can be seen.
fn stuck(canary: &Canary) -> Option<String> {
    let name = format!("{}/{}", canary.namespace().unwrap_or_default(), canary.name_any());
    if canary.metadata.deletion_timestamp.is_some() && !canary.finalizers().is_empty() {
        return Some(format!("{name} is deleted and held by {}", canary.finalizers().join(", ")));
    }
    let Some(status) = &canary.status else {
        return Some(format!("{name} has no status: nobody has looked at it"));
    };
    if status.observed_generation < canary.metadata.generation {
        return Some(format!("{name} was changed, and the change is not followed: {}", status.message));
    }
    let seen = status.acknowledged.filter(|seen| seen.proxies < seen.of)?;
    Some(format!("{name}: {} of {} proxies serve its weights", seen.proxies, seen.of))
}

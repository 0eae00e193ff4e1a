//! The controller's rights: what a release writes is counted, every right is used, none is missing, and each one that is taken away is missed by name.

use std::collections::{BTreeMap, BTreeSet};

use rustix::process::Signal;

use super::audit::{Request, Right, Role, allowed, of_controller};
use super::beside::Beside;
use super::injector::Fault;
use crate::case::Case;
use crate::flags::flag;
use crate::installed::{asked_for, until};
use crate::load::{Load, RATE};
use crate::releases::{Releases, image, judged};

/// Seconds in which the controller looks at least once while it has nothing to do.
const REST: u64 = 11;

/// What the controller has written since `before` is not more than a release needs.
fn counted(case: &Case, before: usize) {
    let all = of_controller(case.installed);
    let mut written: BTreeMap<String, usize> = BTreeMap::new();
    for request in all[before..].iter().filter(|request| request.is_write()) {
        *written.entry(format!("{} {}", request.verb(), request.resource)).or_default() += 1;
    }
    case.say(&format!("a release of four steps: {written:?}"));
    for (what, most) in [
        // A phase, step, acknowledgement or line of figures each; acknowledgements come one by one.
        ("patch canaries/status", 60),
        // Canary and baseline once, once larger; and the image of stable.
        ("create deployments", 2),
        ("patch deployments", 4),
        ("delete deployments", 2),
        ("create services", 2),
        ("delete services", 2),
    ] {
        let count = written.get(what).copied().unwrap_or_default();
        assert!(count > 0 && count <= most, "{what}: {count} times, at most {most}: {written:?}");
    }
}

#[test]
fn a_release_writes_little_and_uses_every_right() {
    let Some(case) = Case::begin("rights") else { return };
    let releases = Releases::without_controller(&case);
    let beside = Beside::start(&case);
    releases.until_followed();
    let before = of_controller(case.installed).len();
    let load = Load::start(&case, &["/shop"]);
    load.goes_on_for(RATE);
    // Something else of the object is written meanwhile, so that the Canary is read once more.
    let mut is_first = true;
    beside.plan(move |asked| {
        let conflict = asked.phase().is_some() && std::mem::take(&mut is_first);
        conflict.then_some(Fault::Refused(http::StatusCode::CONFLICT))
    });
    case.apply(&[flag("new-basket", "on")]);
    let next = image(&case, "v2", "0%");
    releases.release(&judged(), &next);
    releases.until_over("Promoted", &next);
    releases.until_clean();
    load.goes_on_for(RATE);

    counted(&case, before);
    let asked = beside.asked().len();
    load.goes_on_for_seconds(REST);
    load.stop(&case, "a release whose writes are counted");
    assert_eq!(beside.asked().len(), asked, "a second look writes nothing, and asks for nothing");

    let all = of_controller(case.installed);
    let with = |statuses: std::ops::Range<u64>| -> BTreeSet<Right> {
        all.iter().filter(|request| statuses.contains(&request.status)).flat_map(Request::rights).collect()
    };
    // Who the API server is may be read where autoscaling is installed, and is asked for everywhere.
    let is_given = |request: &&Request| request.namespace != "kube-system";
    let refused = all.iter().filter(|request| request.status == 403).filter(is_given);
    let missing: Vec<_> = refused.filter(|request| !request.is_allowed(case.installed)).collect();
    assert!(missing.is_empty(), "{missing:?}");
    // What was not there, or written meanwhile, was allowed all the same.
    let used = &(&with(200..300) | &with(404..405)) | &with(409..410);
    let mut unused = allowed(case.installed);
    // An Event is patched where the same happens again.
    unused.retain(|right| !used.contains(right) && !is_of_a_series(right));
    assert!(unused.is_empty(), "{unused:?} of {used:?}");
    if asked_for("WEIR_CLUSTER_LONG") {
        each_is_missed(&case, &releases, &beside);
    }
}

fn is_of_a_series((_, resource, verb): &Right) -> bool {
    resource == "events" && verb == "patch"
}

/// One right after the other is taken away.
fn each_is_missed(case: &Case, releases: &Releases<'_>, beside: &Beside) {
    for role in Role::all(case.installed) {
        for right in role.rights().into_iter().filter(|right| !is_of_a_series(right)) {
            let without = role.without(case.installed, &right);
            missed(case, releases, beside, &right);
            case.say(&format!("without {} {}: missed", right.2, right.1));
            drop(without);
            releases.withdraw();
            releases.until_clean();
        }
    }
}

/// Something is done that needs the right, and the controller says that it has not.
fn missed(case: &Case, releases: &Releases<'_>, beside: &Beside, right: &Right) {
    let (_, resource, verb) = right;
    let said = format!("cannot {verb} resource \"{resource}\"");
    // One that no node has: its Deployment and Service are made, and no pod of it ever runs.
    let nowhere = format!("weir.test/shop:{verb}-{}", resource.replace('/', "-"));
    let printed = beside.log().len();
    match (resource.as_str(), verb.as_str()) {
        (_, "list" | "watch") => beside.signal(Signal::KILL),
        ("featureflags/status", "patch") => case.apply(&[flag("another", "on")]),
        ("canaries", "get") => {
            let mut is_first = true;
            beside.plan(move |asked| {
                let conflict = asked.phase().is_some() && std::mem::take(&mut is_first);
                conflict.then_some(Fault::Refused(http::StatusCode::CONFLICT))
            });
            releases.release(&judged(), &nowhere);
        }
        // A Canary gets its finalizer where a release begins.
        ("canaries" | "canaries/status" | "deployments" | "services" | "events", "patch" | "create") => {
            releases.release(&judged(), &nowhere);
        }
        ("deployments" | "services", "delete") => {
            releases.release(&judged(), &nowhere);
            releases.until_made();
            releases.withdraw();
        }
        other => panic!("say here how it is noticed that the right {other:?} is missing"),
    }
    until(&format!("the controller says that it {said}"), || {
        let seen = format!("{}{}", &beside.log()[printed..], beside.problems().replace("\\\"", "\""));
        if seen.contains(&said) { Ok(()) } else { Err(seen) }
    });
}

//! Whether everything is there, may do its work, and runs.

use k8s_openapi::api::apps::v1::Deployment;
use kube::ResourceExt;
use kube::api::DynamicObject;
use serde_json::Value;

use crate::doctor::ask::Answer;
use crate::doctor::checks::Checks;
use crate::doctor::finding::{Checked, Verdict, few};
use crate::doctor::rights::Right;
use crate::doctor::seen::Seen;
use crate::install::is_definition;
use crate::install::manifests::is_a;
use crate::install::rollout::{Rollout, hindrance};

pub(super) fn checks(seen: &Seen) -> Checks<'_> {
    let mut checks = vec![
        ("objects", objects(seen)),
        ("definitions", definitions(seen)),
        ("rights", rights(seen)),
        ("proxies", program(seen, "weir-proxy")),
        ("controller", program(seen, "weir-controller")),
    ];
    checks.extend(webhook(seen).map(|webhook| ("webhook", webhook)));
    checks
}

fn title(object: &Value) -> String {
    let text = |pointer| object.pointer(pointer).and_then(Value::as_str).unwrap_or_default();
    format!("{} {}", text("/kind"), text("/metadata/name"))
}

/// Which of these are not there.
fn missing<'s>(
    objects: impl Iterator<Item = &'s (Value, Answer<Option<DynamicObject>>)>,
) -> Result<Vec<String>, &'s String> {
    let mut missing = Vec::new();
    for (object, found) in objects {
        if found.as_ref()?.is_none() {
            missing.push(title(object));
        }
    }
    Ok(missing)
}

fn objects(seen: &Seen) -> Checked<'_> {
    let missing = missing(seen.objects.iter())?;
    if missing.is_empty() {
        return Ok(Verdict::ok(format!("all {} are there", seen.objects.len())));
    }
    let found = format!("{} of {} are missing: {}", missing.len(), seen.objects.len(), few(&missing));
    Ok(Verdict::fail(found, install(seen)))
}

fn install(seen: &Seen) -> String {
    format!("weir install -n {}", seen.namespace)
}

/// Whether the definitions have everything that this program knows.
fn definitions(seen: &Seen) -> Checked<'_> {
    let definitions = || seen.objects.iter().filter(|(object, _)| is_definition(object));
    let missing = missing(definitions())?;
    if !missing.is_empty() {
        return Ok(Verdict::fail(format!("{} is not there", few(&missing)), install(seen)));
    }
    let old: Vec<String> = definitions()
        .filter_map(|(object, found)| {
            let path = differs(object, found.as_ref().ok()?.as_ref()?)?;
            Some(format!("{} at {path}", title(object)))
        })
        .collect();
    if old.is_empty() {
        return Ok(Verdict::ok("those of this version of weir"));
    }
    let found = format!("not those of weir {}: {}", env!("CARGO_PKG_VERSION"), few(&old));
    Ok(Verdict::fail(found, format!("{}: it updates them", install(seen))))
}

/// The first place where the specification of an object has not what is wanted of it. What else it has does not matter.
fn differs(wanted: &Value, found: &DynamicObject) -> Option<String> {
    fn below(wanted: &Value, found: Option<&Value>, path: &str) -> Option<String> {
        match (wanted, found) {
            (Value::Object(fields), Some(Value::Object(found))) => fields
                .iter()
                .find_map(|(name, value)| below(value, found.get(name), &format!("{path}.{name}"))),
            (Value::Array(items), Some(Value::Array(found))) if items.len() == found.len() => items
                .iter()
                .zip(found)
                .enumerate()
                .find_map(|(index, (item, found))| below(item, Some(found), &format!("{path}[{index}]"))),
            // 1 and 1.0 are one number.
            (Value::Number(one), Some(Value::Number(other))) if one.as_f64() == other.as_f64() => None,
            (wanted, found) => (Some(wanted) != found).then(|| path.to_owned()),
        }
    }
    below(wanted.get("spec")?, found.data.get("spec"), "spec")
}

fn rights(seen: &Seen) -> Checked<'_> {
    let rights = seen.rights.as_ref()?;
    let lacking: Vec<String> =
        rights.iter().filter(|(_, may)| !may).map(|(right, _)| Right::lacking(right)).collect();
    if lacking.is_empty() {
        return Ok(Verdict::ok(format!("the service accounts have all {} that they need", rights.len())));
    }
    Ok(Verdict::fail(few(&lacking), format!("{}: it gives them back", install(seen))))
}

fn program<'s>(seen: &'s Seen, name: &str) -> Checked<'s> {
    let deployments = seen.deployments.as_ref()?;
    let Some(deployment) = deployments.iter().find(|deployment| deployment.name_any() == name) else {
        return Ok(Verdict::fail(format!("Deployment {name} is not in {}", seen.namespace), install(seen)));
    };
    let Rollout { ready, wanted, is_done, name: _ } = Rollout::of(deployment);
    let of_program = |pod: &&k8s_openapi::api::core::v1::Pod| {
        pod.labels().get("app.kubernetes.io/name").is_some_and(|found| found == name)
    };
    let hindered = seen.pods.iter().flatten().filter(of_program).find_map(hindrance);
    let see = || format!("kubectl -n {} describe pods -l app.kubernetes.io/name={name}", seen.namespace);
    Ok(match hindered {
        Some(why) => Verdict::fail(format!("{ready} of {wanted} ready: {why}"), see()),
        None if wanted == 0 => Verdict::fail(
            "scaled to 0: nobody does its work",
            format!("kubectl -n {} scale deployment/{name} --replicas=2", seen.namespace),
        ),
        None if ready == 0 => Verdict::fail(format!("0 of {wanted} ready"), see()),
        None if !is_done => {
            Verdict::warn(format!("{ready} of {wanted} ready"), format!("wait, or see: {}", see()))
        }
        None => versioned(deployment, ready, wanted),
    })
}

/// Ready, and whether it is of this program's version.
fn versioned(deployment: &Deployment, ready: i32, wanted: i32) -> Verdict {
    let spec = deployment.spec.as_ref().and_then(|spec| spec.template.spec.as_ref());
    let image =
        spec.and_then(|spec| spec.containers.first()).and_then(|container| container.image.as_deref());
    Verdict::ok(format!("{ready} of {wanted} ready, image {}", image.unwrap_or("unknown")))
}

/// Whether bad Canaries are refused when they are written. Without it they are refused later, in their status.
fn webhook(seen: &Seen) -> Option<Checked<'_>> {
    let (_, found) =
        seen.objects.iter().find(|(object, _)| is_a(object, "ValidatingWebhookConfiguration"))?;
    let bundle = |object: &DynamicObject| {
        object
            .data
            .pointer("/webhooks/0/clientConfig/caBundle")
            .and_then(Value::as_str)
            .is_some_and(|ca| !ca.is_empty())
    };
    let see = format!("kubectl -n {} logs deployment/weir-controller says why", seen.namespace);
    Some(Ok(match (&seen.refusal, found) {
        (Ok(Some(_)), _) => Verdict::ok("refuses a Canary that cannot be followed"),
        (_, Ok(Some(object))) if !bundle(object) => {
            Verdict::warn("has no certificate yet: the controller has not written one", see)
        }
        (Ok(None), _) => Verdict::warn(
            "a Canary that cannot be followed is taken: the API server does not reach the controller, or does not trust its certificate",
            format!("{see}; a NetworkPolicy or firewall has to let the API server to port 9443"),
        ),
        (Err(why), _) => return Some(Err(why)),
    }))
}

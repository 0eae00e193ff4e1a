//! A container that runs to its end.

use serde_json::{Map, Value};

use super::{Mapped, Work};
use crate::part::Part;
use crate::report::Report;

/// Fields of a pod that say nothing which a job here would not do anyway.
const NEEDLESS: [&str; 6] = [
    "restartPolicy",
    "terminationGracePeriodSeconds",
    "dnsPolicy",
    "schedulerName",
    "securityContext",
    "enableServiceLinks",
];

/// A `runJobManifest`.
pub(super) fn job(part: &Part<'_>, report: &mut Report) -> Mapped {
    if part.text("source").is_some_and(|source| source != "text") {
        return Err("its manifest is an artifact: write the container as `job`".to_owned());
    }
    let manifest = part.part("manifest").or_else(|| part.parts("manifests").into_iter().next());
    let pod = manifest.as_ref().and_then(|manifest| manifest.part("spec")?.part("template")?.part("spec"));
    let (Some(manifest), Some(pod)) = (manifest, pod) else {
        return Err("it has no manifest of a Job: write the container as `job`".to_owned());
    };
    let containers = pod.parts("containers");
    let [container] = containers.as_slice() else {
        return Err("a job is one container here: write a `job` for each, or put the Job into the `objects` of a `deploy` stage, which waits for its end".to_owned());
    };
    for key in ["initContainers", "volumes", "serviceAccountName", "serviceAccount", "hostNetwork"] {
        if pod.get(key).is_some() {
            return Err(format!(
                "its pod has {key}, which a `job` has not: put the Job into the `objects` of a `deploy` stage, which waits for its end"
            ));
        }
    }
    let mut fields = Map::new();
    container.carry_text("image", "job.image", &mut fields, report);
    command(container, &mut fields, report);
    environment(container, &mut fields, report)?;
    container.carry("resources", "job.resources", &mut fields, report);
    container.needless(
        &["name", "imagePullPolicy", "securityContext", "terminationMessagePath"],
        "a job is one container",
        report,
    );
    pod.needless(&NEEDLESS, "a job is one container, which is not started again", report);
    head(&manifest, report);
    if part.get("source").is_some() {
        report.mapped(part.at("source"), "job");
    }
    let properties =
        "lines SPINNAKER_PROPERTY_NAME=VALUE of its log are its outputs: print what the file says so";
    part.by_hand("propertyFile", properties, report);
    part.needless(
        &["cloudProvider", "credentials", "application", "moniker"],
        "there is Kubernetes only, and the runner's cluster",
        report,
    );
    Ok(Work::new("job", Value::Object(fields)))
}

/// The entry point's arguments are a part of the command here.
fn command(container: &Part<'_>, fields: &mut Map<String, Value>, report: &mut Report) {
    let mut words: Vec<Value> = Vec::new();
    for key in ["command", "args"] {
        let list = container.items(key);
        if !list.is_empty() {
            words.extend(list.into_iter().map(|(_, word)| word.clone()));
            report.mapped(container.at(key), "job.command");
        }
    }
    if container.get("command").is_none() && container.get("args").is_some() {
        report.retract(&container.at("args"), &[]);
        report.by_hand(
            container.at("args"),
            "the image's own entry point is not run with them: write it before them in `job.command`",
        );
    }
    if !words.is_empty() {
        fields.insert("command".to_owned(), words.into());
    }
}

fn environment(
    container: &Part<'_>,
    fields: &mut Map<String, Value>,
    report: &mut Report,
) -> Result<(), String> {
    if container.get("envFrom").is_some() || container.get("volumeMounts").is_some() {
        return Err("its container has envFrom or volumeMounts, which a `job` has not: put the Job into the `objects` of a `deploy` stage".to_owned());
    }
    let (mut plain, mut secrets) = (Map::new(), Map::new());
    for variable in container.parts("env") {
        let name = variable.text("name").unwrap_or_default();
        let key = variable.part("valueFrom").and_then(|from| from.part("secretKeyRef"));
        if let Some(key) = key {
            let named =
                format!("{}/{}", key.text("name").unwrap_or_default(), key.text("key").unwrap_or_default());
            secrets.insert(name, named.into());
        } else if variable.get("valueFrom").is_some() {
            return Err(format!(
                "{} takes a value from what a `job` cannot see: give it in `job.env`",
                variable.place
            ));
        } else {
            plain.insert(name, variable.text("value").unwrap_or_default().into());
        }
        for key in ["name", "value", "valueFrom"].into_iter().filter(|key| variable.fields.contains_key(*key))
        {
            report.mapped(variable.at(key), "job.env");
        }
    }
    for (key, made) in [("env", plain), ("secrets", secrets)] {
        if !made.is_empty() {
            fields.insert(key.to_owned(), Value::Object(made));
        }
    }
    Ok(())
}

/// What a Job says besides its pod.
fn head(manifest: &Part<'_>, report: &mut Report) {
    manifest.needless(&["apiVersion", "kind", "metadata"], "a job is no object of the cluster", report);
    let Some(spec) = manifest.part("spec") else { return };
    spec.needless(
        &["ttlSecondsAfterFinished", "completions", "parallelism", "completionMode"],
        "a job is run once, and removed",
        report,
    );
    match spec.whole("backoffLimit") {
        Some(0) => report.needless(spec.at("backoffLimit"), "it is tried once here too"),
        _ => spec.by_hand(
            "backoffLimit",
            "it is tried once: `retries: {on: any, limit: ..}` of the stage tries it again",
            report,
        ),
    }
    spec.by_hand("activeDeadlineSeconds", "give the stage a `timeout`", report);
    if let Some(template) = spec.part("template") {
        template.needless(&["metadata"], "a job's pod has labels of its own", report);
    }
}

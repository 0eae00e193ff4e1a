//! `weir report`: the report of a release. It lies with the controller; in a cluster the API server leads to it, for those who have that right.

use std::fmt::Write;
use std::process::ExitCode;

use anyhow::{Result, anyhow};
use http_body_util::BodyExt;
use k8s_openapi::api::core::v1::Pod;
use kube::api::ListParams;
use kube::client::Body;
use kube::core::Status;
use kube::{Api, ResourceExt};
use weir_controller::history::Event;
use weir_controller::report::{Report, safe};
use weir_controller::scores::{JudgedMetric, JudgedSide};
use weir_controller::view::TrackView;

use crate::admin::refused;
use crate::args::ReportArgs;
use crate::cluster::Access;
use crate::cluster::canaries::controller_hint;
use crate::cluster::problem::is;
use crate::end::{End, Named};
use crate::form;
use crate::progress::words::{clock, count, day_and_time, latency, percent, took};
use crate::status::views;
use crate::{Misconfigured, Refused};

/// Label of the controller's pods.
const CONTROLLER: &str = "app.kubernetes.io/name=weir-controller";
/// Name of the controller's admin port.
const PORT: &str = "admin";

/// Shows it.
pub(crate) async fn run(args: ReportArgs) -> Result<ExitCode> {
    let report: Report = match args.view.end.find().await? {
        End::Cluster(access) => {
            let named = Named::parse(&args.canary, &access.namespace);
            let canary = access.canary(&named).await?;
            if canary.status.and_then(|status| status.release).is_none() {
                return Err(none_yet(&named).into());
            }
            serde_json::from_str(&fetch(&access, &path(&named, args.release.as_deref())).await?)?
        }
        End::Standalone(admin, namespace) => {
            let named = Named::parse(&args.canary, &namespace);
            if views(admin, &namespace, Some(&args.canary))
                .await?
                .iter()
                .all(|view| view.history.is_empty() && view.release.is_none())
            {
                return Err(none_yet(&named).into());
            }
            admin.get(&path(&named, args.release.as_deref())).await?
        }
    };
    form::write_page(args.page.as_deref(), || weir_controller::page::release(&report))?;
    form::show(&report, args.view.output, text)?;
    Ok(ExitCode::SUCCESS)
}

fn none_yet(named: &Named) -> Refused {
    Refused(format!("{named} has had no release: there is no report yet"))
}

/// Where a controller has it.
pub(crate) fn path(named: &Named, release: Option<&str>) -> String {
    let release = release.map(|release| format!("/{}", safe(release))).unwrap_or_default();
    format!("/v1/canaries/{named}/report{release}")
}

/// The report, from whichever controller has it: the one that led the release.
pub(crate) async fn fetch(access: &Access, report: &str) -> Result<String> {
    let pods: Api<Pod> = Api::all(access.client.clone());
    let listed = pods.list(&ListParams::default().labels(CONTROLLER)).await;
    let pods = listed.map_err(|error| unreachable(access, error))?.items;
    let mut last = None;
    for pod in &pods {
        let (namespace, name) = (pod.namespace().unwrap_or_default(), pod.name_any());
        let port = port(pod).unwrap_or(9902);
        let path = format!("/api/v1/namespaces/{namespace}/pods/{name}:{port}/proxy{report}");
        match page(access, path).await {
            Ok(text) => return Ok(text),
            // The one that leads knows it; the others say only that they do not.
            Err(error) if error.is::<Misconfigured>() => return Err(error),
            Err(error) => last = Some(error),
        }
    }
    Err(last.unwrap_or_else(|| anyhow!("no controller runs in {}: {}", access.place, controller_hint())))
}

/// A page of a controller, or what it, or the API server before it, says instead.
async fn page(access: &Access, path: String) -> Result<String> {
    let request = http::Request::get(path).body(Body::empty())?;
    let answer = access.client.send(request).await.map_err(|error| unreachable(access, error))?;
    let (head, body) = answer.into_parts();
    let body = body.collect().await?.to_bytes();
    if head.status.is_success() {
        return Ok(String::from_utf8_lossy(&body).into_owned());
    }
    Err(match serde_json::from_slice::<Status>(&body) {
        Ok(status) if !status.message.is_empty() => unreachable(access, kube::Error::Api(Box::new(status))),
        Ok(_) | Err(_) => refused(head.status, &body),
    })
}

fn port(pod: &Pod) -> Option<i32> {
    let containers = &pod.spec.as_ref()?.containers;
    let ports = containers.iter().flat_map(|container| container.ports.iter().flatten());
    ports.into_iter().find(|port| port.name.as_deref() == Some(PORT)).map(|port| port.container_port)
}

fn unreachable(access: &Access, error: kube::Error) -> anyhow::Error {
    if is(&error, 403) {
        let said = weir_kubernetes::words(&error);
        return Misconfigured(format!(
            "the report lies with the controller, and the way there takes the rights to list pods and to get pods/proxy in its namespace: {said}: `weir \
             status` shows what the Canary itself says"
        ))
        .into();
    }
    access.problem("fetch the report", error)
}

fn text(report: &Report, wide: bool) -> String {
    let until = report.decided_at.or(report.finished_at);
    let after =
        until.map(|until| format!(" after {}", took(until.since(report.started_at)))).unwrap_or_default();
    let outcome =
        report.outcome.map_or_else(|| report.phase.as_str().to_lowercase(), |outcome| outcome.to_string());
    let unproven = if report.unproven { " (not every step was proven)" } else { "" };
    let before = report.image_before.as_deref().unwrap_or("nothing");
    let mut text = format!(
        "{}   release {}: {before} -> {}   began {}\n{outcome}{after}{unproven}: {}\n{} requests of users failed by the canary's fault\n",
        report.canary,
        report.release,
        report.image,
        day_and_time(report.started_at),
        report.reason,
        count(report.users_hit)
    );
    if let Some(otherwise) = report.otherwise() {
        text.push_str(&otherwise);
        text.push('\n');
    }
    // Writing to a String cannot fail.
    let _ = writeln!(text, "{:<10} {:>10} {:>8} {:>10} {:>10}", "TRACK", "REQUESTS", "ERRORS", "P50", "P99");
    let time = |micros: Option<u64>| micros.map_or_else(|| "-".to_owned(), latency);
    for TrackView { track, requests, errors, p50_micros, p99_micros, .. } in &report.tracks {
        let _ = writeln!(
            text,
            "{:<10} {:>10} {:>8} {:>10} {:>10}",
            track.to_string(),
            count(*requests),
            percent(*errors, *requests),
            time(*p50_micros),
            time(*p99_micros)
        );
    }
    text.push_str(&metrics(report));
    // What single pods did is the longest part, and seldom the reason.
    for Event { at, kind: _, text: what } in
        report.timeline.iter().filter(|event| wide || event.kind != "Pod")
    {
        let _ = writeln!(text, "  {:>6}  {what}", clock(at.since(report.started_at)));
    }
    text
}

/// What metrics of other programs came to at last; nothing where there were none.
fn metrics(report: &Report) -> String {
    let Some(last) = report.metrics.last() else { return String::new() };
    let mut text = format!("metrics, judgement {}: {}\n", last.number, last.headline());
    // Writing to a String cannot fail.
    let _ = writeln!(text, "{:<30} {:<16} {:>14} {:>14}", "METRIC", "VERDICT", "CONTROL MEAN", "CANARY MEAN");
    let mean = |side: JudgedSide| side.mean.map_or_else(|| "-".to_owned(), number);
    for JudgedMetric { name, classification, control, experiment, .. } in &last.metrics {
        let verdict = format!("{classification:?}");
        let _ = writeln!(text, "{name:<30} {verdict:<16} {:>14} {:>14}", mean(*control), mean(*experiment));
    }
    text
}

/// Four digits say enough.
fn number(value: f64) -> String {
    let decimals = if value.abs() >= 1000.0 {
        0
    } else if value.abs() >= 10.0 {
        2
    } else {
        4
    };
    format!("{value:.decimals$}")
}

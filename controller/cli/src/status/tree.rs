//! One Canary as a tree: itself, its Deployments by track, their pods. Pure.

use std::fmt::Write;

use weir_api::figures::TrackFigures;
use weir_api::status::{Acknowledged, CanaryStatus, Phase};
use weir_api::{Timestamp, Track};

use weir_controller::outlook::OutlookView;

use super::details::{self, line};
use super::gather::{PodSeen, Seen, Workload};
use crate::progress::words::{bold, clock, evidence, fit, green, latency, percent, red, typed};
use crate::terminal;

/// Pods of a Deployment that are shown one by one; of more, those that are not ready come first.
const PODS: usize = 4;

/// Columns of a line but for the name and the version.
const FIGURES: usize = 61;
/// Columns of a name, where there is room for it.
const NAME: usize = 24;
/// Columns of a name in a narrow window.
const SHORTEST_NAME: usize = 12;

/// How a release is shown.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Shape {
    /// Whether colours are welcome.
    pub(crate) colour: bool,
    /// Whether every pod is shown.
    pub(crate) wide: bool,
    /// Columns that there are.
    pub(crate) columns: usize,
}

impl Shape {
    /// As it suits standard output; what is no terminal is as wide as it takes.
    pub(crate) fn of_stdout(wide: bool) -> Self {
        let columns = if terminal::is_redrawn() { terminal::size().0 } else { usize::MAX };
        Self { colour: terminal::has_colour(), wide, columns }
    }
}

/// The tree.
pub(crate) fn of(seen: &Seen, now: Timestamp, shape: Shape) -> String {
    let Shape { colour, wide, columns } = shape;
    let Seen { canary, workloads } = seen;
    let status = canary.status.clone().unwrap_or_default();
    let namespace = canary.metadata.namespace.as_deref().unwrap_or_default();
    let name = canary.metadata.name.as_deref().unwrap_or_default();
    let mut text =
        format!("{}   {}\n", bold(&format!("{namespace}/{name}"), colour), headline(&status, now, colour));
    let rows = rows(&status, workloads, wide);
    let widest = rows.iter().map(|row| row.name.chars().count()).max().unwrap_or(0).max(NAME);
    let width = widest.min(columns.saturating_sub(FIGURES).max(SHORTEST_NAME));
    // Writing to a String cannot fail.
    let _ = writeln!(
        text,
        "  {:<width$}  {:<8} {:>7} {:>8} {:>9} {:>7} {:>9}   VERSION",
        "NAME", "TRACK", "READY", "WEIGHT", "REQ/S", "ERRORS", "P99"
    );
    for Row { name, track, ready, figures: [weight, rate, errors, p99], version } in &rows {
        let name = fit(name, width);
        let line = format!(
            "  {name:<width$}  {track:<8} {ready:>7} {weight:>8} {rate:>9} {errors:>7} {p99:>9}   {version}"
        );
        let _ = writeln!(text, "{}", line.trim_end());
    }
    text + &below(&status, &OutlookView::of(canary), &format!("{namespace}/{name}"), now, columns)
}

fn headline(status: &CanaryStatus, now: Timestamp, colour: bool) -> String {
    let phase = status.phase.to_string();
    let phase = if status.phase == Phase::Promoted {
        green(&phase, colour)
    } else if status.phase == Phase::Aborted {
        red(&phase, colour)
    } else {
        phase
    };
    let Some(release) = &status.release else { return format!("{phase}: {}", status.message) };
    let until = release.decided_at.unwrap_or(now);
    let from = status.stable.as_ref().filter(|stable| stable.image != release.revision.image);
    let from = from.map(|stable| format!("{} -> ", stable.image)).unwrap_or_default();
    format!(
        "{phase}   release {}: {from}{}   {}",
        release.name,
        release.revision.image,
        clock(until.since(release.started_at))
    )
}

/// One line of the tree.
struct Row {
    name: String,
    track: String,
    ready: String,
    /// Weight, requests a second, errors, p99.
    figures: [String; 4],
    version: String,
}

fn rows(status: &CanaryStatus, workloads: &[Workload], wide: bool) -> Vec<Row> {
    let tracks = status.figures.as_ref().map(|figures| figures.tracks.as_slice()).unwrap_or_default();
    let figures = |track: Track| figures(status, track, tracks.iter().find(|figures| figures.track == track));
    if workloads.is_empty() {
        return tracks
            .iter()
            .map(|one| Row {
                name: format!("|- {}", one.track),
                track: one.track.to_string(),
                ready: format!("{}/{}", one.ready, one.pods),
                figures: figures(one.track),
                version: version(status, one.track),
            })
            .collect();
    }
    let mut rows = Vec::new();
    for (index, workload) in workloads.iter().enumerate() {
        let is_last = index + 1 == workloads.len();
        rows.push(Row {
            name: format!("{} {}", if is_last { "`-" } else { "|-" }, workload.name),
            track: workload.track.to_string(),
            ready: format!("{}/{}", workload.ready, workload.pods),
            figures: figures(workload.track),
            version: workload.image.clone(),
        });
        let trunk = if is_last { "   " } else { "|  " };
        rows.extend(pods(&workload.each, wide).into_iter().map(|(name, ready, version)| Row {
            name: format!("{trunk}{name}"),
            track: String::new(),
            ready,
            figures: <[String; 4]>::default(),
            version,
        }));
    }
    rows
}

/// Name, readiness and state of a Deployment's pods.
fn pods(pods: &[PodSeen], wide: bool) -> Vec<(String, String, String)> {
    let mut sorted: Vec<&PodSeen> = pods.iter().collect();
    sorted.sort_by_key(|pod| (pod.is_ready, pod.name.clone()));
    let most = if wide { usize::MAX } else { PODS };
    let (shown, rest) = sorted.split_at(sorted.len().min(most));
    let mut lines: Vec<(String, String, String)> = shown
        .iter()
        .map(|pod| {
            let restarts = match pod.restarts {
                0 => String::new(),
                1 => ", 1 restart".to_owned(),
                n => format!(", {n} restarts"),
            };
            let ready = if pod.is_ready { "ready" } else { "no" };
            (format!("`- {}", pod.name), ready.to_owned(), format!("{}{restarts}", pod.state))
        })
        .collect();
    if !rest.is_empty() {
        lines.push((format!("`- and {} more", rest.len()), "ready".to_owned(), String::new()));
    }
    lines
}

fn version(status: &CanaryStatus, track: Track) -> String {
    let stable = status.stable.as_ref().map(|stable| stable.image.clone());
    let release = status.release.as_ref().map(|release| release.revision.image.clone());
    match track {
        Track::Stable | Track::Baseline => stable.unwrap_or_default(),
        Track::Canary | Track::Shadow => release.unwrap_or_default(),
    }
}

fn figures(status: &CanaryStatus, track: Track, figures: Option<&TrackFigures>) -> [String; 4] {
    let weight = match &status.split {
        Some(split) => split.weight(track).to_string(),
        None if track == Track::Stable => "100 %".to_owned(),
        None => "0 %".to_owned(),
    };
    let Some(figures) = figures else { return [weight, String::new(), String::new(), String::new()] };
    let rate = figures.requests_per_second.map(|rate| format!("{rate:.1}")).unwrap_or_default();
    let errors = percent(figures.errors, figures.requests);
    [weight, rate, errors, figures.p99_micros.map(latency).unwrap_or_default()]
}

/// What stands below the tree.
fn below(
    status: &CanaryStatus,
    outlook: &OutlookView,
    named: &str,
    now: Timestamp,
    columns: usize,
) -> String {
    let mut text = String::new();
    let mut tell = |label: &str, what: &str| text.push_str(&line(label, what, columns));
    if let (Some(split), Some(Acknowledged { proxies, of })) = (&status.split, status.acknowledged) {
        tell("weights", &format!("acknowledged by {proxies}/{of} proxies (epoch {})", split.epoch));
    }
    let figures = status.figures.as_ref().filter(|_| status.phase.is_going_on());
    let next = figures.map(|figures| figures.next.as_str());
    // The figures may be of a moment before; where they are, the release itself is right.
    let step = status.message.split(':').next().unwrap_or_default();
    tell("now", next.filter(|next| next.starts_with(step)).unwrap_or(&status.message));
    if let Some(figures) = figures {
        if let (Some(harm), Some(limit)) = (figures.evidence, figures.evidence_limit) {
            let (harm, limit) = (evidence(harm), evidence(limit));
            tell("evidence", &format!("e={harm} of harm; the guard aborts at e={limit}"));
        }
        if let Some(at) = figures.at {
            tell("figures", &format!("of {} ago", clock(now.since(at))));
        }
    }
    if let Some(last) = &status.last_command {
        let by = last.by.as_ref().map(|by| format!(" by {by}")).unwrap_or_default();
        let refused = if last.accepted { "" } else { "refused: " };
        tell("command", &format!("{}{by}: {refused}{}", typed(&last.verb), last.message));
    }
    if let Some(report) = &status.report {
        tell("report", report);
    }
    text + &details::outlook(outlook, named, now, columns)
}

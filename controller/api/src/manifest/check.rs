//! What the types of our own resources cannot say about their values.
//!
//! Returns the field and what is wrong with it; `load` adds file and line.

use crate::Duration;
use crate::canary::{Analysis, CanarySpec, Criterion, Margin, TargetRef};
use crate::local_image::LocalImageSpec;
use crate::metric_analysis::MetricAnalysis;
use crate::notification::ReleaseNotification;

mod strategy;

/// A field's path in the object, and what is wrong with its value.
pub(super) type Finding = (String, String);

/// What is wrong with a Canary's spec.
pub(super) fn canary(spec: &CanarySpec) -> Vec<Finding> {
    let mut findings = Findings::default();
    target(&spec.target_ref, &mut findings);
    findings.name("spec.service", &spec.service);
    if let Some(release) = &spec.release {
        findings.require(!release.image.trim().is_empty(), "spec.release.image", || {
            "empty: name the image to release".to_owned()
        });
    }
    strategy::strategy(&spec.strategy, &mut findings);
    analysis(&spec.analysis, &mut findings);
    for (index, ReleaseNotification { to, when, message: _ }) in spec.notifications.iter().enumerate() {
        let field = |name: &str| format!("spec.notifications[{index}].{name}");
        findings.require(!to.is_empty(), &field("to"), || {
            "empty: name an entry of the file that the controller was given by --notifiers".to_owned()
        });
        findings.require(!when.is_empty(), &field("when"), || {
            "it never tells anybody: give at least one of started, waiting, succeeded, failed".to_owned()
        });
    }
    findings.0
}

/// What is wrong with a LocalImage's spec.
pub(super) fn local_image(spec: &LocalImageSpec) -> Vec<Finding> {
    let mut findings = Findings::default();
    findings.require(!spec.image.trim().is_empty(), "spec.image", || {
        "empty: name the image as the Deployments write it".to_owned()
    });
    // An image without an entry point has its program among its arguments, or its containers name one.
    let mut run = spec.within.iter().chain(&spec.entrypoint);
    let program = run.next().is_some_and(|program| !program.trim().is_empty());
    findings.require(program, "spec.entrypoint", || "empty: name the program to run".to_owned());
    for name in spec.env.keys() {
        let field = format!("spec.env[{name:?}]");
        findings.require(!name.is_empty() && !name.contains(['=', '\0']), &field, || {
            format!("{name:?} cannot be the name of an environment variable")
        });
    }
    findings.0
}

/// Whether a name may be that of an object: RFC 1123 subdomain, as Kubernetes has it.
pub(super) fn is_name(name: &str) -> bool {
    name.len() <= 253 && name.split('.').all(is_label)
}

/// Whether a name may be that of a namespace: RFC 1123 label.
pub(super) fn is_namespace(name: &str) -> bool {
    name.len() <= 63 && is_label(name)
}

fn is_label(label: &str) -> bool {
    let inner = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-';
    !label.is_empty() && label.bytes().all(inner) && !label.starts_with('-') && !label.ends_with('-')
}

/// What is wrong with a namespace that is none.
pub(super) fn not_a_namespace(name: &str) -> String {
    format!(
        "{name:?} is not a namespace: lower-case letters, digits and `-`, at most 63, a letter or digit at each end"
    )
}

/// What is wrong with a name that is none.
pub(super) fn not_a_name(name: &str) -> String {
    format!(
        "{name:?} is not a name: lower-case letters, digits, `-` and `.`, at most 253, a letter or digit at each end"
    )
}

#[derive(Default)]
struct Findings(Vec<Finding>);

impl Findings {
    fn require(&mut self, holds: bool, field: &str, message: impl FnOnce() -> String) {
        if !holds {
            self.0.push((field.to_owned(), message()));
        }
    }

    fn name(&mut self, field: &str, name: &str) {
        self.require(is_name(name), field, || not_a_name(name));
    }

    fn span(&mut self, field: &str, duration: Option<Duration>) {
        let Some(duration) = duration else { return };
        self.require(!duration.is_negative(), field, || format!("{duration} is negative"));
    }
}

fn target(target: &TargetRef, findings: &mut Findings) {
    findings.name("spec.targetRef.name", &target.name);
    findings.require(target.kind == "Deployment", "spec.targetRef.kind", || {
        format!("{:?} cannot be released: only a Deployment can", target.kind)
    });
    findings.require(target.api_version == "apps/v1", "spec.targetRef.apiVersion", || {
        format!("{:?} has no Deployment: it is apps/v1", target.api_version)
    });
}

fn analysis(analysis: &Analysis, findings: &mut Findings) {
    let percent = analysis.false_abort_percent;
    findings.require(percent > 0.0 && percent <= 50.0, "spec.analysis.falseAbortPercent", || {
        format!("{percent} is out of range: above 0, and 50 at most (percent)")
    });
    criterion("errors", &analysis.errors, findings);
    criterion("latency", &analysis.latency, findings);
    let judges = analysis.errors.enabled || analysis.latency.enabled || analysis.metrics.is_some();
    findings.require(judges, "spec.analysis", || {
        "neither errors nor latency is enabled, and there are no metrics: nothing would ever be judged"
            .to_owned()
    });
    if let Some(metrics) = &analysis.metrics {
        self::metrics(metrics, findings);
    }
}

/// Spans and scores are looked at by `weir_rollout::Policy`.
fn metrics(metrics: &MetricAnalysis, findings: &mut Findings) {
    const FIELD: &str = "spec.analysis.metrics";
    let MetricAnalysis { canary_config, interval, delay, lookback, step, score_thresholds: _, scope: _ } =
        metrics;
    findings.name(&format!("{FIELD}.canaryConfig"), canary_config);
    for (name, span) in [("interval", interval), ("delay", delay), ("lookback", lookback), ("step", step)] {
        findings.span(&format!("{FIELD}.{name}"), *span);
    }
}

fn criterion(name: &str, criterion: &Criterion, findings: &mut Findings) {
    for (which, Margin { relative_percent, absolute_percent }) in
        [("margin", criterion.margin), ("tolerance", criterion.tolerance)]
    {
        for (field, percent) in [("relativePercent", relative_percent), ("absolutePercent", absolute_percent)]
        {
            let field = format!("spec.analysis.{name}.{which}.{field}");
            findings.require(percent.is_finite() && percent >= 0.0, &field, || {
                format!("{percent} is out of range: 0 or more (percent)")
            });
        }
    }
}

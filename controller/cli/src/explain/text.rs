//! The report as people read it.

use std::fmt::Write as _;

use weir_routing::Severity;

use super::report::{Becomes, Decided, Explained, Report};

/// One block an Ingress.
pub(super) fn of(report: &Report) -> String {
    let mut text = String::new();
    for ingress in &report.ingresses {
        block(&mut text, ingress);
        text.push('\n');
    }
    if report.ingresses.is_empty() {
        text.push_str("No Ingress of ours.\n\n");
    }
    for fault in report.faults.iter().chain(&report.notes) {
        let _ = writeln!(text, "{fault}");
    }
    if let Some(request) = &report.request {
        decided(&mut text, "", request);
    }
    text.truncate(text.trim_end().len());
    text.push('\n');
    text
}

fn block(text: &mut String, ingress: &Explained) {
    let _ = writeln!(text, "Ingress {}", ingress.name);
    for annotation in &ingress.annotations {
        let becomes = match annotation.becomes {
            Becomes::Honoured => "honoured",
            Becomes::Changed => "changed ",
            Becomes::Refused => "REFUSED ",
        };
        let _ = writeln!(text, "  {becomes}  {}: {:?}", annotation.name, annotation.value);
        for because in &annotation.because {
            let _ = writeln!(text, "            {because}");
        }
    }
    for fault in &ingress.faults {
        let severity = if fault.severity == Severity::Error { "error   " } else { "warning " };
        let _ = writeln!(text, "  {severity}  {}", fault.text);
    }
    for sample in &ingress.samples {
        decided(text, "  ", sample);
    }
    match ingress.more_routes {
        0 if ingress.samples.is_empty() => text.push_str("  no route of its own\n"),
        0 => {}
        more => {
            let _ = writeln!(text, "  ... and {more} routes more");
        }
    }
}

fn decided(text: &mut String, indent: &str, Decided { request, decision }: &Decided) {
    let _ = writeln!(text, "{indent}{request}\n{indent}  {decision}");
}

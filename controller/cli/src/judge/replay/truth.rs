//! What each release was worth: what its end says, where nobody knows better. Pure.

use weir_controller::replay::Truth;
use weir_controller::report::Report;

use crate::Misconfigured;
use crate::args::ReplayArgs;

/// Of each report, in their order; `None` where it goes on.
pub(super) fn of<'r>(
    args: &ReplayArgs,
    reports: impl Iterator<Item = &'r Report>,
) -> Result<Vec<Option<Truth>>, Misconfigured> {
    let reports: Vec<&Report> = reports.collect();
    for (flag, names) in [("--good", &args.good), ("--bad", &args.bad)] {
        let unknown = names.iter().find(|name| !reports.iter().any(|report| is_named(report, name)));
        if let Some(unknown) = unknown {
            let mut known: Vec<&str> = reports.iter().map(|report| report.release.as_str()).collect();
            known.sort_unstable();
            known.dedup();
            let known = if known.is_empty() { "none".to_owned() } else { known.join(", ") };
            return Err(Misconfigured(format!(
                "{flag} {unknown}: there is no such release: there is {known}"
            )));
        }
    }
    let truth = |report: &&Report| {
        let is_in = |names: &[String]| names.iter().any(|name| is_named(report, name));
        match (is_in(&args.good), is_in(&args.bad)) {
            (true, true) => {
                let name = name(report);
                Err(Misconfigured(format!("{name} is said to be good and bad: give one of --good and --bad")))
            }
            (true, false) => Ok(Some(Truth::Good)),
            (false, true) => Ok(Some(Truth::Bad)),
            (false, false) => Ok(report.outcome.map(Truth::of)),
        }
    };
    reports.iter().map(truth).collect()
}

/// The whole name of a release: `namespace/canary/release`.
pub(super) fn name(report: &Report) -> String {
    format!("{}/{}", report.canary, report.release)
}

fn is_named(report: &Report, text: &str) -> bool {
    report.release == text || name(report) == text
}

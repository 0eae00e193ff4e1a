//! What we ask: a Jenkins, a registry, the clock.

use serde_json::Map;

use super::Source;
use super::called::constrained;
use crate::part::Part;
use crate::pattern;
use crate::pipeline::ZONE;
use crate::report::Report;

/// Builds of a job.
pub(super) fn jenkins(part: &Part<'_>, report: &mut Report) -> Source {
    let mut fields = Map::new();
    if let Some(master) = part.text("master") {
        let what = format!(
            "make a secret {master:?} with the Jenkins' `url`, and with `username` and `token` where it asks who we are"
        );
        report.by_hand(part.at("master"), what);
        fields.insert("server".to_owned(), master.into());
    }
    part.carry_text("job", "triggers.jenkins.job", &mut fields, report);
    if let Some(file) = part.text("propertyFile") {
        let name = file.rsplit('/').next().unwrap_or_default().to_owned();
        if name == file {
            let why = "where it cannot be read the run fails; there it starts without properties. deploy.yml is not deploy.yaml";
            report.changed(part.at("propertyFile"), "triggers.jenkins.propertyFile", why);
        } else {
            report.changed(
                part.at("propertyFile"),
                "triggers.jenkins.propertyFile",
                format!("{name}: by its name alone"),
            );
        }
        fields.insert("propertyFile".to_owned(), name.into());
    }
    Source { key: "jenkins", fields, is_wider: constrained(part, report) }
}

/// Tags of an image.
pub(super) fn docker(part: &Part<'_>, report: &mut Report) -> Source {
    let mut fields = Map::new();
    let repository = part.text("repository").unwrap_or_default();
    let registry = part.text("registry");
    let whole =
        registry.as_ref().map_or_else(|| repository.clone(), |registry| format!("{registry}/{repository}"));
    fields.insert("repository".to_owned(), whole.into());
    for key in ["registry", "repository"].into_iter().filter(|key| part.get(key).is_some()) {
        report.mapped(part.at(key), "triggers.image.repository");
    }
    let mut is_wider = false;
    if let Some(tag) = part.text("tag") {
        if let Some(globs) = pattern::globs(&tag, false) {
            let why = format!("a glob, {}, and no regular expression", globs.join(", "));
            report.changed(part.at("tag"), "triggers.image.tags", why);
            fields.insert("tags".to_owned(), globs.into());
        } else {
            is_wider = true;
            let what = format!("give globs in `tags`, or versions in `range`, that say what {tag:?} says");
            report.by_hand(part.at("tag"), what);
        }
    }
    part.needless(&["organization"], "the repository has it", report);
    part.by_hand(
        "account",
        "where the registry asks who we are, name a secret in `triggers.image.credentials`",
        report,
    );
    Source { key: "image", fields, is_wider: is_wider | constrained(part, report) }
}

/// Times.
pub(super) fn cron(part: &Part<'_>, report: &mut Report) -> Source {
    let mut fields = Map::new();
    if let Some(schedule) = part.text("cronExpression") {
        fields.insert("schedule".to_owned(), schedule.into());
        let why = format!(
            "in the zone {ZONE}, which is that of a Spinnaker without another one: mend `timeZone` where yours has"
        );
        report.changed(part.at("cronExpression"), "triggers.cron.schedule", why);
    }
    fields.insert("timeZone".to_owned(), ZONE.into());
    Source { key: "cron", fields, is_wider: constrained(part, report) }
}

//! Every problem of triggers at once.

use std::time::Duration;

use crate::cron::{self, Schedule};
use crate::definition::{After, Cron, Forge, Git, Image, Jenkins, Trigger, Webhook};
use crate::glob::Globs;
use crate::poll::registry::Place;
use crate::problem::Problem;
use crate::subscription::Subscription;

/// Most triggers of a pipeline.
const MOST_TRIGGERS: usize = 100;
/// Remotes are not asked more often, nor less often, than this.
const OFTEN: Duration = Duration::from_secs(10);
const SELDOM: Duration = Duration::from_hours(24);

/// What is wrong with the triggers of a pipeline.
#[must_use]
pub fn validate(triggers: &[Trigger]) -> Vec<Problem> {
    if triggers.len() > MOST_TRIGGERS {
        let what = format!("there are {}", triggers.len());
        return vec![Problem::new("triggers", what, format!("{MOST_TRIGGERS} are the most"))];
    }
    let indexed = triggers.iter().enumerate();
    let results = indexed.map(|(index, trigger)| Subscription::new(trigger, &format!("triggers[{index}]")));
    results.filter_map(Result::err).flatten().collect()
}

/// Problems of one trigger, below its place.
pub(crate) struct Checks {
    path: String,
    pub(crate) problems: Vec<Problem>,
}

impl Checks {
    pub(crate) const fn new(path: String) -> Self {
        Self { path, problems: Vec::new() }
    }

    pub(crate) fn problem(&mut self, field: &str, what: impl Into<String>, mend: impl Into<String>) {
        self.problems.push(Problem::new(format!("{}.{field}", self.path), what, mend));
    }

    /// The globs of a field; none where one of them is no glob.
    pub(crate) fn globs(&mut self, field: &str, globs: &[String]) -> Option<Globs> {
        let globs = Globs::new(globs, &format!("{}.{field}", self.path));
        globs.map_err(|problems| self.problems.extend(problems)).ok()
    }

    fn not_empty(&mut self, field: &str, text: &str, mend: &str) {
        if text.trim().is_empty() {
            self.problem(field, "is empty", mend);
        }
    }

    fn every(&mut self, every: Duration) {
        if !(OFTEN..=SELDOM).contains(&every) {
            self.problem("every", format!("is {every:?}"), "give something from 10s to 24h");
        }
    }
}

pub(crate) fn parameters(trigger: &Trigger, path: &str, checks: &mut Checks) {
    for name in trigger.parameters.keys() {
        let is_name = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-');
        if name.is_empty() || !name.chars().all(is_name) || name.starts_with(|c: char| c.is_ascii_digit()) {
            checks.problems.push(Problem::new(
                format!("{path}.parameters"),
                format!("{name:?} is no name of a parameter"),
                "use letters, digits, `_` and `-`, not a digit first",
            ));
        }
    }
}

pub(crate) fn forge(forge: &Forge, checks: &mut Checks) {
    let parts: Vec<&str> = forge.repository.split('/').collect();
    let is_part = |part: &&str| !part.is_empty() && !part.contains([' ', ':', '?', '#', '*']);
    if parts.len() < 2 || !parts.iter().all(is_part) {
        let what = format!("{:?} is no repository", forge.repository);
        checks.problem("repository", what, "write it as in its address, without the host: `owner/name`");
    }
    checks.not_empty(
        "secret",
        &forge.secret,
        "give the name of the secret that signs the calls: unsigned ones start nothing",
    );
    if forge.events.is_empty() {
        checks.problem(
            "events",
            "is empty: nothing would start it",
            "give push, tag or pullRequest, or leave it out",
        );
    }
}

pub(crate) fn webhook(webhook: &Webhook, checks: &mut Checks) {
    let is_source = |c: char| c.is_ascii_alphanumeric() || c == '-';
    if webhook.source.is_empty() || !webhook.source.chars().all(is_source) {
        checks.problem(
            "source",
            format!("{:?} is no part of an address", webhook.source),
            "use letters, digits and `-`",
        );
    }
    checks.not_empty(
        "secret",
        &webhook.secret,
        "give the name of the secret that signs the calls: unsigned ones start nothing",
    );
}

/// An address with a password would stand in every message and in the definition, which many may read.
pub(crate) fn git(git: &Git, checks: &mut Checks) {
    let url = git.url.as_str();
    let (scheme, rest) = url.split_once("://").unwrap_or(("", url));
    let host = rest.split('/').next().unwrap_or_default();
    let is_address = match scheme {
        "https" | "http" | "ssh" => !host.is_empty(),
        // user@host:path; what begins with `-` would be an option of git.
        "" => host.split_once('@').is_some_and(|(user, host)| !user.is_empty() && host.contains(':')),
        _ => false,
    };
    if !is_address || url.starts_with('-') || url.contains(char::is_whitespace) {
        checks.problem(
            "url",
            format!("{url:?} is no remote"),
            "write it as https://host/owner/name.git or git@host:owner/name.git",
        );
    } else if matches!(scheme, "http" | "https") && host.contains('@') {
        checks.problem("url", "has a user or password in it", "name a secret in `credentials`");
    }
    checks.every(git.every);
}

pub(crate) fn cron(cron: &Cron, checks: &mut Checks) {
    match cron::zone(cron.time_zone.as_deref()) {
        Err(unknown) => checks.problem(
            "timeZone",
            unknown.to_string(),
            "give a name of the IANA time zone database, such as Europe/Berlin",
        ),
        Ok(zone) => {
            if let Err(invalid) = Schedule::new(&cron.schedule, zone, "") {
                checks.problem(
                    "schedule",
                    format!("{:?} is no schedule", cron.schedule),
                    invalid.to_string(),
                );
            }
        }
    }
}

pub(crate) fn image(image: &Image, checks: &mut Checks) {
    if Place::read(&image.repository).is_none() {
        let what = format!("{:?} is no image without a tag", image.repository);
        checks.problem("repository", what, "write it as `ghcr.io/owner/name`, and tags in `tags` or `range`");
    }
    checks.every(image.every);
}

pub(crate) fn jenkins(jenkins: &Jenkins, checks: &mut Checks) {
    checks.not_empty("server", &jenkins.server, "give the name of a Jenkins");
    checks.not_empty("job", &jenkins.job, "give the job as its address has it, such as `folder/job/name`");
    let is_part = |part: &str| !matches!(part, "" | "." | "..") && !part.contains(['?', '#', '\\']);
    let is_path = jenkins.job.split('/').all(is_part) && !jenkins.job.contains(char::is_whitespace);
    if !jenkins.job.is_empty() && !is_path {
        let what = format!("{:?} is no part of an address", jenkins.job);
        checks.problem("job", what, "give the job as its address has it, such as `folder/job/name`");
    }
    if jenkins.results.is_empty() {
        checks.problem("results", "is empty: nothing would start it", "give success, or leave it out");
    }
    if let Some(file) = &jenkins.property_file {
        checks.not_empty("propertyFile", file, "give the name of an archived file, or leave it out");
        if file.contains('/') {
            checks.problem("propertyFile", format!("{file:?} is a path"), "give the name of the file alone");
        }
    }
    checks.every(jenkins.every);
}

pub(crate) fn after(after: &After, checks: &mut Checks) {
    checks.not_empty("name", &after.name, "give the name of a pipeline");
    if after.statuses.is_empty() {
        checks.problem(
            "statuses",
            "is empty: nothing would start it",
            "give succeeded, failed or canceled, or leave it out",
        );
    }
}

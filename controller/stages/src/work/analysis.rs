//! A canary and its control compared by metrics of stores.

use std::collections::BTreeMap;
use std::time::Duration;

use jiff::Timestamp;
use serde::Deserialize;
use serde_json::Value;
use weir_judge::netflix::config::CanaryConfig;
use weir_pipeline::span::Span;

use super::finding::Finding;
use super::given;
use super::outside::is_address;
use super::step::stays_inside;

/// What the judge may take after the last interval, and the pod before the first.
const BESIDE: Duration = Duration::from_hours(1);

/// Series of a canary and of its control, judged by a canary config at each interval: by `weir judge`. Where a score is not above `marginal` it fails at once; at the end
/// the last one has to be `pass` at least.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Analysis {
    /// The canary config, as Kayenta and Spinnaker store it: a file of the workspace, or the document itself. What is written `${..}` in the document is for the judge, and no expression of the pipeline.
    pub config: Value,
    /// Where the series are.
    pub metrics: Metrics,
    /// What the canary is compared with: the baseline, or production.
    pub control: Place,
    /// The canary.
    pub experiment: Place,
    /// What other variables of the config's filters stand for.
    #[serde(default)]
    pub parameters: BTreeMap<String, String>,
    /// How long is measured, from now on.
    #[serde(default)]
    pub lifetime: Option<Span>,
    /// How often is judged. Default: once, at the end.
    #[serde(default)]
    pub interval: Option<Span>,
    /// How long is waited before: what has just started is not itself yet. Default: not at all.
    #[serde(default)]
    pub delay: Option<Span>,
    /// What each judgement looks at. Default: all since the beginning.
    #[serde(default)]
    pub lookback: Lookback,
    /// Between two samples, whole seconds. Default: a minute.
    #[serde(default = "a_minute")]
    pub step: Span,
    /// In place of `lifetime`, what has been is judged: from this instant on, in RFC 3339.
    #[serde(default, deserialize_with = "given")]
    pub start: Option<String>,
    /// To this one.
    #[serde(default, deserialize_with = "given")]
    pub end: Option<String>,
    /// How much earlier the control was measured. Default: at the same time.
    #[serde(default)]
    pub control_offset: Option<Span>,
    /// What scores decide. Default: the config's, else 50 and 75.
    #[serde(default)]
    pub thresholds: Thresholds,
    /// Who judges. Default: whom the config names.
    #[serde(default)]
    pub judge: Option<Judge>,
}

/// Where series are: a Prometheus by its address, or whatever a list of stores names.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
pub struct Metrics {
    /// Address of a Prometheus. Default: the secret's `url`.
    #[serde(deserialize_with = "given")]
    pub url: Option<String>,
    /// Secret with `url` where that is not given, and `token`, or `username` and `password`; or with `sources.yaml`, a list of stores, and the files that it names.
    #[serde(deserialize_with = "given")]
    pub secret: Option<String>,
    /// A list of stores as a file of the workspace.
    #[serde(deserialize_with = "given")]
    pub sources: Option<String>,
    /// Of several stores of a type, those that are asked.
    pub choose: Vec<String>,
}

/// What is measured on one side.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Place {
    /// What `${scope}` stands for in the config.
    pub scope: String,
    /// What `${location}` stands for: a namespace, region or zone. Default: nothing.
    #[serde(default, deserialize_with = "given")]
    pub location: Option<String>,
}

/// What a judgement looks at.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Lookback {
    /// All since the beginning.
    #[default]
    Growing,
    /// The time just before it.
    Sliding(Span),
}

/// Scores that decide, 0 to 100.
#[derive(Clone, Copy, Debug, Default, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
pub struct Thresholds {
    /// A score that is not above it fails at once.
    pub marginal: Option<f64>,
    /// The last score that passes.
    pub pass: Option<f64>,
}

/// Who judges.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Judge {
    /// Kayenta's.
    Netflix,
    /// Weir's own, which may be asked at every sample.
    Sequential,
}

const fn a_minute() -> Span {
    Span::minutes(1)
}

impl Analysis {
    /// How long it may take.
    pub(super) fn longest(&self) -> Duration {
        let spans = [self.lifetime, self.delay].into_iter().flatten().map(Span::duration);
        spans.fold(BESIDE, Duration::saturating_add)
    }

    pub(super) fn check(&self) -> Vec<Finding> {
        let mut found: Vec<Finding> = self.check_config().into_iter().collect();
        found.extend(self.metrics.check());
        for (field, place) in [("control.scope", &self.control), ("experiment.scope", &self.experiment)] {
            if place.scope.trim().is_empty() {
                found.push(Finding::new(field, "it is empty", "name what is measured"));
            }
        }
        found.extend(self.check_times());
        found.extend(self.check_spans());
        found.extend(self.thresholds.check());
        found
    }

    fn check_config(&self) -> Option<Finding> {
        let mend = "give a file of the workspace, or Kayenta's document";
        match &self.config {
            Value::String(path) if path.trim().is_empty() => {
                Some(Finding::new("config", "it is empty", mend))
            }
            Value::String(path) => stays_inside("config", path),
            Value::Object(_) => {
                let config = CanaryConfig::of(self.config.clone()).and_then(|config| config.check());
                let mend = "mend the canary config";
                // What is written as an expression in it is none.
                config.err().map(|error| Finding::new("config", error.to_string(), mend).certain())
            }
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::Array(_) => {
                Some(Finding::new("config", "it is no canary config", mend))
            }
        }
    }

    fn check_times(&self) -> Vec<Finding> {
        let mut found = Vec::new();
        let instants = [("start", &self.start), ("end", &self.end)];
        for (field, text) in instants.into_iter().filter_map(|(field, text)| Some((field, text.as_ref()?))) {
            if text.parse::<Timestamp>().is_err() {
                let what = format!("{text:?} is no instant");
                found.push(Finding::new(field, what, "give one such as 2026-01-02T03:00:00Z"));
            }
        }
        let wrong = match (&self.start, &self.end, self.lifetime) {
            (Some(_), Some(_), None) | (_, None, Some(_)) => None,
            (_, None, None) => {
                Some(("nobody says how long is measured", "give `lifetime`, or `start` and `end`"))
            }
            (None, Some(_), None) => Some(("it has an `end` and no beginning", "give `start`, too")),
            (_, Some(_), Some(_)) => Some(("`end` and `lifetime` are both given", "leave out one of them")),
        };
        found.extend(
            wrong.map(|(what, mend)| Finding::new("", what, mend).about(&["start", "end", "lifetime"])),
        );
        if self.end.is_some() && self.delay.is_some_and(|delay| delay != Span::default()) {
            let what = "nothing is waited for where what has been is judged";
            found.push(Finding::new("delay", what, "leave it out").about(&["delay", "end"]));
        }
        found
    }

    fn check_spans(&self) -> Vec<Finding> {
        let sliding = match self.lookback {
            Lookback::Growing => None,
            Lookback::Sliding(span) => Some(span),
        };
        let spans = [
            ("lifetime", self.lifetime),
            ("interval", self.interval),
            ("lookback.sliding", sliding),
            ("step", Some(self.step)),
        ];
        let is_nothing =
            |(field, span): (&'static str, Option<Span>)| (span? == Span::default()).then_some(field);
        let nothing = spans.into_iter().filter_map(is_nothing);
        let mut found: Vec<Finding> =
            nothing.map(|field| Finding::new(field, "that is no time", "give 5s or more")).collect();
        if self.step.duration().subsec_nanos() > 0 {
            let what = format!("{} are no whole seconds", self.step);
            found.push(Finding::new("step", what, "give whole seconds: no store has shorter steps"));
        }
        if let (Some(interval), Some(lifetime)) = (self.interval, self.lifetime)
            && interval > lifetime
        {
            let what = format!("it is longer than the lifetime, {lifetime}");
            found.push(Finding::new("interval", what, "give less, or leave it out: then it is judged once"));
        }
        found
    }
}

impl Metrics {
    fn check(&self) -> Vec<Finding> {
        let mut found: Vec<Finding> =
            self.url.iter().filter_map(|url| is_address("metrics.url", url)).collect();
        found.extend(self.sources.iter().filter_map(|path| stays_inside("metrics.sources", path)));
        let wrong = match (self.url.is_some() || self.secret.is_some(), self.sources.is_some()) {
            (false, false) => Some((
                "nobody says where the series are",
                "give `url` of a Prometheus, or a `secret` that has it",
            )),
            (true, true) => Some(("`sources` names all stores", "leave out `url` and `secret`")),
            (true, false) | (false, true) => None,
        };
        found
            .extend(wrong.map(|(what, mend)| {
                Finding::new("metrics", what, mend).about(&["url", "secret", "sources"])
            }));
        if self.url.is_some() && !self.choose.is_empty() {
            let what = "there is one store, and nothing to choose";
            found.push(Finding::new("metrics.choose", what, "leave it out"));
        }
        found
    }
}

impl Thresholds {
    fn check(self) -> Vec<Finding> {
        let scores = [("thresholds.marginal", self.marginal), ("thresholds.pass", self.pass)];
        let scores = scores.into_iter().filter_map(|(field, score)| Some((field, score?)));
        let wrong = scores.filter(|(_, score)| !(0.0..=100.0).contains(score));
        let mut found: Vec<Finding> = wrong
            .map(|(field, score)| Finding::new(field, format!("{score} is no score"), "give 0 to 100"))
            .collect();
        if let (Some(marginal), Some(pass)) = (self.marginal, self.pass)
            && marginal > pass
        {
            let what = format!("what passes, {pass}, is below what fails, {marginal}");
            found.push(Finding::new("thresholds", what, "give `pass` more than `marginal`"));
        }
        found
    }
}

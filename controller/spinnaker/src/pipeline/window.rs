//! Windows of stages.

use serde_json::{Map, Value, json};
use weir_pipeline::span::Span;

use crate::part::{Part, text_of};
use crate::report::Report;

/// Zone of a Spinnaker that nobody gave another one.
pub(crate) const ZONE: &str = "America/Los_Angeles";

/// As Spinnaker counts them, from 1.
const DAYS: [&str; 7] = ["sunday", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday"];

/// The windows of a pipeline: stages with the same hours have the same one.
#[derive(Debug, Default)]
pub(crate) struct Windows(Vec<Value>);

impl Windows {
    /// The name of the window that a stage has; `None`: it has none.
    ///
    /// # Errors
    /// Why Spinnaker would fail the stage.
    pub(crate) fn of(&mut self, stage: &Part<'_>, report: &mut Report) -> Result<Option<String>, String> {
        let key = "restrictedExecutionWindow";
        let is_asked = stage.get("restrictExecutionDuringTimeWindow");
        if is_asked.is_some() && stage.flag("restrictExecutionDuringTimeWindow").is_none() {
            return Err("whether it has a window is neither true nor false: give `window`, or leave it out"
                .to_owned());
        }
        if stage.flag("restrictExecutionDuringTimeWindow") != Some(true) {
            let why = "restrictExecutionDuringTimeWindow is not true";
            stage.needless(&["restrictExecutionDuringTimeWindow", key], why, report);
            return Ok(None);
        }
        let why = format!(
            "in the zone {ZONE}, which is that of a Spinnaker without another one: mend `timeZone` where yours has"
        );
        report.changed(stage.at("restrictExecutionDuringTimeWindow"), "window", why);
        let Some(part) = stage.part(key) else {
            return Err("it has no restrictedExecutionWindow".to_owned());
        };
        let made = window(&part, report)?;
        let place = self.0.iter().position(|known| *known == made).unwrap_or_else(|| {
            self.0.push(made);
            self.0.len() - 1
        });
        for hours in part.parts("whitelist") {
            let keys = ["startHour", "startMin", "endHour", "endMin"];
            for key in keys.into_iter().filter(|key| hours.get(key).is_some()) {
                report.mapped(hours.at(key), "windows.hours");
            }
        }
        Ok(Some(name(place)))
    }

    /// Writes them into the `spec` of their pipeline.
    pub(crate) fn put(self, spec: &mut Map<String, Value>) {
        if self.0.is_empty() {
            return;
        }
        let named = self.0.into_iter().enumerate().map(|(index, window)| (name(index), window));
        spec.insert("windows".to_owned(), Value::Object(named.collect()));
        spec.insert("timeZone".to_owned(), ZONE.into());
    }
}

fn name(index: usize) -> String {
    if index == 0 { "window".to_owned() } else { format!("window-{}", index + 1) }
}

fn window(part: &Part<'_>, report: &mut Report) -> Result<Value, String> {
    let mut made = Map::new();
    let mut days = Vec::new();
    for (place, day) in part.items("days") {
        let index = text_of(day).and_then(|day| day.parse::<usize>().ok()).and_then(|day| day.checked_sub(1));
        let day = index.and_then(|index| DAYS.get(index)).ok_or(format!("{place} is no day from 1 to 7"))?;
        if !days.contains(day) {
            days.push(*day);
        }
        report.mapped(place, "windows.days");
    }
    let mut hours = Vec::new();
    for one in part.parts("whitelist") {
        let clock = |hour: &str, minute: &str| {
            let hour = one.whole(hour).unwrap_or(0);
            let minute = one.whole(minute).unwrap_or(0);
            if hour > 23 || minute > 59 {
                return Err(format!("{}: {hour}:{minute} is no time", one.place));
            }
            Ok(format!("{hour:02}:{minute:02}"))
        };
        hours.push(format!("{}-{}", clock("startHour", "startMin")?, clock("endHour", "endMin")?));
    }
    if hours.is_empty() && days.is_empty() {
        return Err("its window has neither days nor hours".to_owned());
    }
    if !days.is_empty() {
        made.insert("days".to_owned(), days.into());
    }
    if !hours.is_empty() {
        made.insert("hours".to_owned(), hours.into());
    }
    jitter(part, &mut made, report);
    Ok(Value::Object(made))
}

fn jitter(part: &Part<'_>, made: &mut Map<String, Value>, report: &mut Report) {
    let Some(jitter) = part.part("jitter") else { return };
    if jitter.flag("enabled") != Some(true) {
        report.needless(jitter.place.clone(), "it is not enabled");
        return;
    }
    let (min, max) = (jitter.whole("minDelay").unwrap_or(0), jitter.whole("maxDelay").unwrap_or(0));
    if min > max || max == 0 {
        report.by_hand(
            jitter.place.clone(),
            "give `windows.window.jitter` with a max that is not shorter than min",
        );
        return;
    }
    let skip = jitter.flag("skipManual").unwrap_or(false);
    let delays = json!({"min": Span::seconds(min).to_string(), "max": Span::seconds(max).to_string(), "skipManual": skip});
    made.insert("jitter".to_owned(), delays);
    for key in
        ["enabled", "minDelay", "maxDelay", "skipManual"].into_iter().filter(|key| jitter.get(key).is_some())
    {
        report.mapped(jitter.at(key), "windows.jitter");
    }
}

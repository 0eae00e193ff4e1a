//! The rules of one stage.

use crate::definition::{Backoff, Retries, Stage, Work};
use crate::problem::{Problem, did_you_mean};
use crate::span::Span;

/// More retries than these wait for what does not come.
const MOST_RETRIES: u32 = 100;

pub(super) fn check<W: Work>(
    stage: &Stage<W>,
    has_children: bool,
    windows: &[&str],
    path: &str,
    problems: &mut Vec<Problem>,
) {
    let mut refuse = |field: &str, what: String, mend: String| {
        problems.push(Problem::new(format!("{path}.{field}"), what, mend));
    };
    if let Some(window) = stage.window.as_deref().filter(|window| !windows.contains(window)) {
        let mend = did_you_mean(window, windows.to_vec());
        refuse("window", format!("the pipeline's `windows` have no {window:?}"), mend);
    }
    if stage.when.as_deref().is_some_and(|when| when.trim().is_empty()) {
        refuse("when", "is empty".to_owned(), "give an expression, or remove it".to_owned());
    }
    if stage.timeout == Some(Span::default()) {
        refuse("timeout", "is zero: the stage would never be in time".to_owned(), "give more".to_owned());
    }
    let Some(Retries { limit, backoff: Backoff { initial, max }, on: _ }) = stage.retries else { return };
    if let Some(limit) = limit.filter(|limit| *limit > MOST_RETRIES) {
        refuse("retries.limit", format!("is {limit}"), format!("{MOST_RETRIES} are the most"));
    }
    if initial > max {
        let what = format!("{initial} is longer than max, which is {max}");
        refuse("retries.backoff.initial", what, "give a longer max or a shorter initial".to_owned());
    }
    if has_children && !stage.work.acts() {
        let what = "the stage does nothing itself, so there is nothing to try again".to_owned();
        refuse("retries", what, "give retries to the stages that it is made of".to_owned());
    }
}

//! What stands below a release: labelled lines, wrapped to the window. Pure.

use std::fmt::Write;

use weir_api::Timestamp;
use weir_controller::outlook::{Due, Offer, OutlookView};

use crate::progress::words::{clock, time_of_day, typed, wrap};

/// Columns of a label with what stands around it.
pub(crate) const LABEL: usize = 13;

/// One fact in as many lines as it takes.
pub(crate) fn line(label: &str, text: &str, columns: usize) -> String {
    let lines = wrap(text, columns.saturating_sub(LABEL));
    let first = lines.first().map(String::as_str).unwrap_or_default();
    let mut all = format!("  {label:<10} {first}\n");
    for line in lines.iter().skip(1) {
        // Writing to a String cannot fail.
        let _ = writeln!(all, "{:LABEL$}{line}", "");
    }
    all
}

/// What is in force beside weights, when it goes on by itself, and what may be typed next.
pub(crate) fn outlook(outlook: &OutlookView, named: &str, now: Timestamp, columns: usize) -> String {
    let OutlookView { in_force, by_itself, offers } = outlook;
    let mut text: String = in_force.iter().map(|fact| line(&fact.label, &fact.text, columns)).collect();
    if let Some(due) = by_itself {
        text.push_str(&line("by itself", &when(due, now), columns));
    }
    for (index, Offer { verb, does }) in offers.iter().enumerate() {
        let label = if index == 0 { "next" } else { "" };
        text.push_str(&line(label, &format!("weir {} {named}   {does}", typed(verb)), columns));
    }
    text
}

fn when(due: &Due, now: Timestamp) -> String {
    let left = due.at.since(now);
    if left.is_zero() {
        return format!("at any moment: {}", due.then);
    }
    format!("in {} (at {}): {}", clock(left), time_of_day(due.at), due.then)
}

//! Reports and progress for people: units on every number, one fact in one place.

use std::fmt::{self, Write};

use super::{Quantiles, Report, Results, Second};
use crate::report::ratio;

/// A report as text of several lines.
#[must_use]
pub fn report(report: &Report) -> String {
    let mut text = String::new();
    // Writing to a string cannot fail.
    let _ = write_report(&mut text, report);
    text
}

fn write_report(out: &mut String, report: &Report) -> fmt::Result {
    let Report { plan, results, .. } = report;
    writeln!(out, "weir-load   {}   {}   {}", plan.targets.join(" "), plan.protocol, plan.pace)?;
    let early = if report.ended_early { ", ended early" } else { "" };
    writeln!(
        out,
        "            {} of {} requests completed in {:.1} s{early}: {:.1} per second",
        grouped(results.completed),
        grouped(report.scheduled),
        report.elapsed_seconds,
        report.completed_per_second,
    )?;
    writeln!(out)?;
    write_times_head(out)?;
    if plan.open_loop {
        write_times(out, "latency", &results.latency_micros)?;
    }
    write_times(out, "service time", &results.service_micros)?;
    if plan.open_loop {
        write_times(out, "own lag", &report.lag_micros)?;
    }
    writeln!(out)?;
    write_endings(out, report)?;
    if !report.groups.is_empty() {
        writeln!(out)?;
        write_groups(out, report)?;
    }
    if let Some(users) = report.users {
        writeln!(
            out,
            "\nusers       {} seen, {} moved between groups",
            grouped(users.seen),
            grouped(users.moved)
        )?;
    }
    Ok(())
}

fn write_times_head(out: &mut String) -> fmt::Result {
    write!(out, "{:<14}", "")?;
    for name in ["p50", "p90", "p99", "p99.9", "max", "mean"] {
        write!(out, "{name:>10}")?;
    }
    writeln!(out)
}

fn write_times(out: &mut String, name: &str, times: &Quantiles) -> fmt::Result {
    write!(out, "{name:<14}")?;
    for micros in [times.p50, times.p90, times.p99, times.p999, times.max] {
        write!(out, "{:>10}", time(micros, times.count))?;
    }
    let mean = std::time::Duration::from_secs_f64(times.mean.max(0.0) / 1e6).as_micros();
    writeln!(out, "{:>10}", time(u64::try_from(mean).unwrap_or(u64::MAX), times.count))
}

fn write_endings(out: &mut String, report: &Report) -> fmt::Result {
    let results = &report.results;
    let outcomes = results.outcomes.iter().map(|(name, count)| format!("{} {name}", grouped(*count)));
    writeln!(out, "outcomes    {}", outcomes.collect::<Vec<_>>().join(", "))?;
    if results.errors > 0 {
        let share = percent(results.errors, results.completed);
        writeln!(out, "errors      {}, {share} of completed requests", grouped(results.errors))?;
    }
    let unsent = report.unsent;
    if unsent.total > 0 {
        writeln!(
            out,
            "unsent      {}, {} of scheduled: {} at the limit of requests in flight, {} waited for a connection too long, {} when stopped",
            grouped(unsent.total),
            percent(unsent.total, report.scheduled),
            grouped(unsent.max_in_flight),
            grouped(unsent.expired),
            grouped(unsent.stopped),
        )?;
    }
    if report.unfinished > 0 {
        writeln!(out, "unfinished  {} in flight when stopped", grouped(report.unfinished))?;
    }
    Ok(())
}

fn write_groups(out: &mut String, report: &Report) -> fmt::Result {
    let width = report.groups.keys().map(String::len).max().unwrap_or(0).max(10) + 2;
    write!(out, "{:<width$}", "group")?;
    for name in ["requests", "share", "errors", "p50", "p90", "p99", "max"] {
        write!(out, "{name:>11}")?;
    }
    writeln!(out)?;
    for (name, group) in &report.groups {
        let times = &group.latency_micros;
        write!(
            out,
            "{name:<width$}{:>11}{:>11}{:>11}",
            grouped(group.completed),
            percent(group.completed, report.results.completed),
            percent(group.errors, group.completed),
        )?;
        for micros in [times.p50, times.p90, times.p99, times.max] {
            write!(out, "{:>11}", time(micros, times.count))?;
        }
        writeln!(out)?;
    }
    Ok(())
}

/// One second as one line, for logs.
#[must_use]
pub fn second(second: &Second) -> String {
    let Results { completed, errors, latency_micros: times, .. } = &second.results;
    let mut line = format!(
        "{:>4} s   {:>7} req/s   p50 {:>8}   p99 {:>8}   errors {}   in flight {}",
        second.second,
        grouped(*completed),
        time(times.p50, times.count),
        time(times.p99, times.count),
        grouped(*errors),
        grouped(second.in_flight),
    );
    if second.unsent > 0 {
        let _ = write!(line, "   unsent {}", grouped(second.unsent));
    }
    for (name, group) in &second.groups {
        let _ = write!(line, "   {name} {}", grouped(group.completed));
    }
    line
}

/// The latest second with the totals, as a block that is drawn over the one before.
pub(crate) fn block(second: &Second) -> String {
    let mut text = String::new();
    let _ = write_block(&mut text, second);
    text
}

fn write_block(out: &mut String, second: &Second) -> fmt::Result {
    let total = second.total;
    writeln!(
        out,
        "elapsed {} s   completed {}   errors {}   unsent {}   in flight {}",
        second.second,
        grouped(total.completed),
        grouped(total.errors),
        grouped(total.unsent),
        grouped(second.in_flight),
    )?;
    writeln!(
        out,
        "{:<16}{:>10}{:>10}{:>11}{:>11}{:>11}",
        "last second", "req/s", "errors", "p50", "p99", "max"
    )?;
    let mut row = |name: &str, results: &Results| {
        let times = &results.latency_micros;
        writeln!(
            out,
            "{name:<16}{:>10}{:>10}{:>11}{:>11}{:>11}",
            grouped(results.completed),
            grouped(results.errors),
            time(times.p50, times.count),
            time(times.p99, times.count),
            time(times.max, times.count),
        )
    };
    row("all", &second.results)?;
    if second.groups.len() > 1 {
        second.groups.iter().try_for_each(|(name, group)| row(name, group))?;
    }
    Ok(())
}

/// Microseconds in the unit that suits them; a dash when there were none.
fn time(micros: u64, count: u64) -> String {
    let duration = std::time::Duration::from_micros(micros);
    match micros {
        _ if count == 0 => "-".to_owned(),
        0..1_000 => format!("{micros} us"),
        1_000..100_000 => format!("{:.1} ms", duration.as_secs_f64() * 1e3),
        100_000..1_000_000 => format!("{:.0} ms", duration.as_secs_f64() * 1e3),
        _ => format!("{:.2} s", duration.as_secs_f64()),
    }
}

/// A share with the digits that matter.
fn percent(part: u64, whole: u64) -> String {
    match 100.0 * ratio(part, whole) {
        _ if part == 0 => "0 %".to_owned(),
        percent if percent < 1.0 => format!("{percent:.3} %"),
        percent => format!("{percent:.2} %"),
    }
}

/// `1234567` as `1,234,567`.
fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::with_capacity(digits.len() * 4 / 3);
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_grouped_and_times_have_the_unit_that_suits_them() {
        assert_eq!([0, 999, 1000, 1_234_567].map(grouped), ["0", "999", "1,000", "1,234,567"]);
        let times = [0, 950, 12_340, 250_000, 1_500_000].map(|micros| time(micros, 1));
        assert_eq!(times, ["0 us", "950 us", "12.3 ms", "250 ms", "1.50 s"]);
        assert_eq!(time(0, 0), "-");
        assert_eq!([percent(0, 0), percent(1, 1000), percent(1, 3)], ["0 %", "0.100 %", "33.33 %"]);
    }
}

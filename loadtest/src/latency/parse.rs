//! Reads a latency distribution from its text.

use super::{LatencyError, Shape};
use crate::units::{Share, parse_duration};

/// One part, or several separated by commas outside parentheses, each `SHARE:SHAPE`.
pub(super) fn mixture(text: &str) -> Result<Vec<(Share, Shape)>, LatencyError> {
    let parts = split_outside_parentheses(text);
    if let [only] = parts.as_slice()
        && !only.contains(':')
    {
        return Ok(vec![(Share::default(), shape(only)?)]);
    }
    let parts = parts
        .into_iter()
        .map(|part| {
            let (share, rest) = part.split_once(':').ok_or_else(|| LatencyError::NoShare(part.to_owned()))?;
            Ok((share.parse::<Share>()?, shape(rest.trim())?))
        })
        .collect::<Result<Vec<_>, LatencyError>>()?;
    let sum: f64 = parts.iter().map(|(share, _)| share.fraction()).sum();
    if (sum - 1.0).abs() > 1e-9 {
        return Err(LatencyError::ShareSum(sum * 100.0));
    }
    Ok(parts)
}

fn split_outside_parentheses(text: &str) -> Vec<&str> {
    let mut depth = 0_u32;
    text.split(|c: char| {
        match c {
            '(' => depth += 1,
            ')' => depth = depth.saturating_sub(1),
            _ => {}
        }
        c == ',' && depth == 0
    })
    .map(str::trim)
    .collect()
}

fn shape(text: &str) -> Result<Shape, LatencyError> {
    let Some((name, rest)) = text.split_once('(') else {
        return Ok(Shape::Constant(parse_duration(text)?));
    };
    let inside = rest.strip_suffix(')').ok_or_else(|| LatencyError::Unclosed(text.to_owned()))?;
    match name {
        "normal" => normal(text, inside),
        "lognormal" => lognormal(text, inside),
        other => Err(LatencyError::UnknownShape(other.to_owned())),
    }
}

fn two<'t>(text: &str, inside: &'t str, form: &'static str) -> Result<(&'t str, &'t str), LatencyError> {
    match inside.split_once(',') {
        Some((first, second)) if !second.contains(',') => Ok((first.trim(), second.trim())),
        _ => Err(LatencyError::Parameters(text.to_owned(), form)),
    }
}

fn normal(text: &str, inside: &str) -> Result<Shape, LatencyError> {
    let (mean, deviation) = two(text, inside, "normal(MEAN,DEVIATION)")?;
    Ok(Shape::Normal { mean: parse_duration(mean)?, deviation: parse_duration(deviation)? })
}

fn lognormal(text: &str, inside: &str) -> Result<Shape, LatencyError> {
    let (first, second) = two(text, inside, "lognormal(p50=D,p99=D)")?;
    let (p50, p99) = first
        .strip_prefix("p50=")
        .zip(second.strip_prefix("p99="))
        .ok_or_else(|| LatencyError::Quantiles(text.to_owned()))?;
    let (p50, p99) = (parse_duration(p50)?, parse_duration(p99)?);
    if p50.is_zero() || p99 < p50 {
        return Err(LatencyError::QuantileOrder(text.to_owned()));
    }
    Ok(Shape::Lognormal { p50, p99 })
}

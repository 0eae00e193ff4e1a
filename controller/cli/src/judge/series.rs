//! Samples from a file. Pure.

use std::collections::BTreeMap;

use serde_json::Value;

/// Samples of one metric in the order of time; a missing one is not a number.
pub(super) type Series = Vec<f64>;

/// The samples of each metric, from JSON (an object of arrays) or CSV (a header row of names, then a row for each time step).
///
/// # Errors
/// What is wrong, and where.
pub(super) fn parse(text: &str) -> Result<BTreeMap<String, Series>, String> {
    if text.trim_start().starts_with(['{', '[']) { of_json(text) } else { of_csv(text) }
}

fn of_json(text: &str) -> Result<BTreeMap<String, Series>, String> {
    let value: Value = serde_json::from_str(text).map_err(|error| error.to_string())?;
    let Value::Object(metrics) = value else {
        return Err("it must be an object of metric names, each with an array of numbers".to_owned());
    };
    let series = metrics.into_iter().map(|(name, samples)| {
        let Value::Array(samples) = samples else {
            return Err(format!("{name}: it is no array: write the metric's samples as [1, 2.5, null]"));
        };
        let samples = samples.iter().enumerate().map(|(number, sample)| match sample {
            Value::Null => Ok(f64::NAN),
            Value::String(text) if text == "NaN" => Ok(f64::NAN),
            Value::Number(sample) => {
                sample.as_f64().ok_or_else(|| format!("{name}[{number}]: {sample} is too large"))
            }
            other @ (Value::Bool(_) | Value::String(_) | Value::Array(_) | Value::Object(_)) => {
                Err(format!("{name}[{number}]: {other} is neither a number nor null"))
            }
        });
        Ok((name.clone(), samples.collect::<Result<Series, _>>()?))
    });
    series.collect()
}

fn of_csv(text: &str) -> Result<BTreeMap<String, Series>, String> {
    let mut reader = csv::ReaderBuilder::new().trim(csv::Trim::All).from_reader(text.as_bytes());
    let names: Vec<String> =
        reader.headers().map_err(|error| error.to_string())?.iter().map(ToOwned::to_owned).collect();
    let mut series: Vec<Series> = vec![Vec::new(); names.len()];
    for row in reader.records() {
        let row = row.map_err(|error| error.to_string())?;
        let line = row.position().map_or(0, csv::Position::line);
        for ((name, samples), cell) in names.iter().zip(&mut series).zip(&row) {
            samples.push(match cell {
                "" => f64::NAN,
                cell => {
                    cell.parse().map_err(|_| format!("line {line}, column {name}: {cell:?} is no number"))?
                }
            });
        }
    }
    if names.iter().all(String::is_empty) {
        return Err(
            "it is empty: a header row of metric names and a row for each time step are needed".to_owned()
        );
    }
    let mut all = BTreeMap::new();
    for (name, samples) in names.into_iter().zip(series) {
        if all.contains_key(&name) {
            return Err(format!("line 1: the metric {name} stands there twice"));
        }
        all.insert(name, samples);
    }
    Ok(all)
}

#[cfg(test)]
mod tests {
    use super::parse;

    #[test]
    fn json_and_csv_are_read_alike() {
        let json = parse(r#"{"a": [1, null, 3e2], "b": ["NaN", 2, 3]}"#).unwrap();
        let csv = parse("a, b\n1,\n,2\n300,3\n").unwrap();
        assert_eq!(format!("{json:?}"), r#"{"a": [1.0, NaN, 300.0], "b": [NaN, 2.0, 3.0]}"#);
        assert_eq!(format!("{csv:?}"), format!("{json:?}"));
    }

    #[test]
    fn what_is_wrong_is_named_with_its_place() {
        for (text, expected) in [
            ("{\"a\": 1}", "a: it is no array"),
            ("[1]", "it must be an object"),
            ("{\"a\": [1, \"x\"]}", "a[1]: \"x\" is neither"),
            ("a,b\n1,x\n", "line 2, column b: \"x\" is no number"),
            ("a,a\n1,2\n", "the metric a stands there twice"),
            ("a,b\n1\n", "found record with 1 fields, but the previous record has 2 fields"),
            ("", "it is empty"),
        ] {
            let error = parse(text).unwrap_err();
            assert!(error.contains(expected), "{text}: {error}");
        }
    }
}

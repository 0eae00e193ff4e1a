//! StatsD's datagrams, with DogStatsD's tags and several values in one line.
//!
//! ```text
//! orders:1|c|@0.1|#track:canary,service:shop     ten more
//! basket:12.5:80|d|#track:stable                 two values that were measured; ms and h are the same
//! queue:7|g    queue:-2|g                        a gauge, and two less
//! ```
//! Formats: <https://github.com/statsd/statsd/blob/master/docs/metric_types.md>, <https://docs.datadoghq.com/developers/dogstatsd/datagram_shell/>.

use crate::sample::{Labels, Measured, Refusal, Sample, Value};

/// The samples of a datagram, or why one is none: a line for each, empty lines left out.
pub fn parse(datagram: &[u8]) -> impl Iterator<Item = Result<Sample, Refusal>> {
    let lines = datagram.split(|byte| *byte == b'\n').filter(|line| !line.trim_ascii().is_empty());
    lines.flat_map(|line| match read(line) {
        Ok(samples) => samples.into_iter().map(Ok).collect(),
        Err(refusal) => vec![Err(refusal)],
    })
}

fn read(line: &[u8]) -> Result<Vec<Sample>, Refusal> {
    let told = || String::from_utf8_lossy(line.get(..80).unwrap_or(line)).into_owned();
    let malformed = |what: &str| Refusal::Malformed(format!("{:?}: {what}", told()));
    let line = str::from_utf8(line).map_err(|_| malformed("it is not UTF-8"))?.trim();
    if line.starts_with("_e{") || line.starts_with("_sc|") {
        return Err(Refusal::Unsupported(format!("{:?}: events and checks are no metrics", told())));
    }
    let (head, mut rest) =
        line.split_once('|').ok_or_else(|| malformed("it has no type: NAME:VALUE|TYPE"))?;
    let kind;
    (kind, rest) = rest.split_once('|').unwrap_or((rest, ""));
    let (metric, values) =
        head.split_once(':').ok_or_else(|| malformed("it has no value: NAME:VALUE|TYPE"))?;
    let (mut rate, mut labels, mut at_millis) = (1.0, Labels::new(), None);
    for part in rest.split('|').filter(|part| !part.is_empty()) {
        match part.split_at_checked(1) {
            Some(("@", text)) => {
                rate = text
                    .parse()
                    .ok()
                    .filter(|rate| *rate > 0.0 && *rate <= 1.0)
                    .ok_or_else(|| malformed("its rate is not in (0, 1]"))?;
            }
            Some(("#", tags)) => labels = tagged(tags),
            Some(("T", seconds)) => {
                let seconds: i64 =
                    seconds.parse().map_err(|_| malformed("its time is no number of seconds"))?;
                at_millis = Some(seconds.saturating_mul(1_000));
            }
            // Of DogStatsD: the container.
            Some(("c", _)) => {}
            _ => return Err(malformed(&format!("{part:?} is neither @RATE nor #TAGS"))),
        }
    }
    let one = |text: &str| {
        let value: f64 = text.parse().map_err(|_| malformed(&format!("{text:?} is no number")))?;
        let value = match kind {
            "c" => Value::Increment(value / rate),
            "g" if text.starts_with(['+', '-']) => Value::GaugeBy(value),
            "g" => Value::Gauge(value),
            "ms" | "h" | "d" => Value::Measured(sampled(value, rate)),
            "s" => return Err(Refusal::Unsupported(format!("{:?}: sets are not kept", told()))),
            _ => return Err(malformed(&format!("{kind:?} is no type: c, g, ms, h or d"))),
        };
        Ok(Sample { metric: metric.to_owned(), labels: labels.clone(), at_millis, value })
    };
    values.split(':').map(one).collect()
}

/// A value that stands for 1/rate of them.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    clippy::cast_precision_loss,
    clippy::as_conversions,
    reason = "saturates, and a count is far below 2^53"
)]
fn sampled(value: f64, rate: f64) -> Measured {
    let count = (1.0 / rate).round() as u64;
    Measured { count, sum: value * count as f64, ..Measured::one(value) }
}

/// `name:value` each; one without a value is a label that is there.
fn tagged(tags: &str) -> Labels {
    let each = tags.split(',').filter(|tag| !tag.is_empty());
    each.map(|tag| tag.split_once(':').unwrap_or((tag, "")))
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::parse;
    use crate::sample::{Labels, Measured, Sample, Value};

    fn all(datagram: &str) -> Vec<Result<Sample, String>> {
        parse(datagram.as_bytes()).map(|one| one.map_err(|error| error.to_string())).collect()
    }

    fn values(datagram: &str) -> Vec<Value> {
        all(datagram).into_iter().map(|one| one.unwrap().value).collect()
    }

    #[test]
    fn every_type_is_read_with_rate_tags_and_time() {
        let line = "orders:1|c|@0.1|#track:canary,beta|T1700000000|c:abc\n\nqueue:7|g\r\n";
        let samples = all(line);
        let first = samples[0].clone().unwrap();
        let labels =
            [("track", "canary"), ("beta", "")].map(|(name, value)| (name.to_owned(), value.to_owned()));
        assert_eq!(first.labels, Labels::from(labels));
        assert_eq!((first.metric.as_str(), first.at_millis), ("orders", Some(1_700_000_000_000)));
        assert_eq!(first.value, Value::Increment(10.0));
        assert_eq!(samples[1].clone().unwrap().value, Value::Gauge(7.0));
        assert_eq!(samples.len(), 2);
        assert_eq!(values("q:+3|g\nq:-2.5|g"), [Value::GaugeBy(3.0), Value::GaugeBy(-2.5)]);
        let two = [Value::Measured(Measured::one(12.5)), Value::Measured(Measured::one(80.0))];
        assert_eq!(values("basket:12.5:80|d"), two);
        let four = Measured { count: 4, sum: 40.0, least: Some(10.0), greatest: Some(10.0) };
        assert_eq!(values("t:10|ms|@0.25"), [Value::Measured(four)]);
    }

    #[test]
    fn what_cannot_be_read_is_told_and_spoils_no_other_line() {
        for (line, expected) in [
            ("orders", "it has no type"),
            ("orders|c", "it has no value"),
            ("orders:x|c", "\"x\" is no number"),
            ("orders:1|x", "\"x\" is no type: c, g, ms, h or d"),
            ("orders:1|c|@2", "its rate is not in (0, 1]"),
            ("orders:1|c|%", "\"%\" is neither @RATE nor #TAGS"),
            ("orders:1|s", "sets are not kept"),
            ("_e{1,1}:a|b", "events and checks are no metrics"),
            ("orders:1|c|Tnow", "its time is no number of seconds"),
        ] {
            let found = all(&format!("{line}\nright:1|c"));
            let error = found[0].clone().unwrap_err();
            assert!(error.contains(expected), "{line}: {error}");
            assert!(found.len() == 2 && found[1].is_ok(), "{line}");
        }
        assert!(parse(b"\xff:1|c").next().unwrap().is_err());
    }

    proptest::proptest! {
        #[test]
        fn no_bytes_bring_it_down(bytes in proptest::collection::vec(proptest::num::u8::ANY, 0..200)) {
            let text = [b"a:1|", bytes.as_slice()].concat();
            assert!(parse(&bytes).chain(parse(&text)).count() <= 400);
        }
    }
}

//! Metrics in OTLP, the protocol of OpenTelemetry, as protobuf or as JSON.
//!
//! A series has the attributes of its resource and those of its points; a point's own come first. Of histograms count, sum, least and greatest are kept.
//! Specification: <https://opentelemetry.io/docs/specs/otlp/#otlphttp>, <https://opentelemetry.io/docs/specs/otel/metrics/data-model/>.

use opentelemetry_proto::tonic::collector::metrics::v1::{
    ExportMetricsPartialSuccess, ExportMetricsServiceRequest as Request, ExportMetricsServiceResponse,
};
use opentelemetry_proto::tonic::common::v1::KeyValue;
use opentelemetry_proto::tonic::common::v1::any_value::Value as Attribute;
use opentelemetry_proto::tonic::metrics::v1::metric::Data;
use opentelemetry_proto::tonic::metrics::v1::number_data_point::Value as Number;
use opentelemetry_proto::tonic::metrics::v1::{
    AggregationTemporality, DataPointFlags, ExponentialHistogramDataPoint, HistogramDataPoint, Metric,
    NumberDataPoint, SummaryDataPoint,
};
use prost::Message;

use crate::sample::{Labels, Measured, Refusal, Sample, Total, Value};

/// How a request is written, and its answer, too.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Encoding {
    /// `application/x-protobuf`
    Protobuf,
    /// `application/json`
    Json,
}

/// The samples of a request, or why one is none.
///
/// # Errors
/// It is no such request.
pub fn parse(encoding: Encoding, body: &[u8]) -> Result<Vec<Result<Sample, Refusal>>, Refusal> {
    let request = match encoding {
        Encoding::Protobuf => Request::decode(body).map_err(|error| error.to_string()),
        Encoding::Json => {
            let mut reader = serde_json::Deserializer::from_slice(body);
            serde_path_to_error::deserialize(&mut reader).map_err(|error| error.to_string())
        }
    };
    let request = request.map_err(|error| Refusal::Malformed(format!("no OTLP metrics: {error}")))?;
    let mut samples = Vec::new();
    for of_resource in &request.resource_metrics {
        let resource = labels(of_resource.resource.iter().flat_map(|resource| &resource.attributes));
        for metric in of_resource.scope_metrics.iter().flat_map(|scope| &scope.metrics) {
            Points { metric, resource: &resource }.read(&mut samples);
        }
    }
    Ok(samples)
}

/// What a request is answered with of which so many points were not kept, the first of them for this reason.
#[must_use]
pub fn answer(encoding: Encoding, refused: usize, why: &str) -> Vec<u8> {
    let partial_success = (refused > 0).then(|| ExportMetricsPartialSuccess {
        rejected_data_points: i64::try_from(refused).unwrap_or(i64::MAX),
        error_message: why.to_owned(),
    });
    let answer = ExportMetricsServiceResponse { partial_success };
    match encoding {
        Encoding::Protobuf => answer.encode_to_vec(),
        Encoding::Json if refused == 0 => b"{}".to_vec(),
        Encoding::Json => serde_json::to_vec(&answer).unwrap_or_default(),
    }
}

/// The points of a metric.
struct Points<'m> {
    metric: &'m Metric,
    resource: &'m Labels,
}

impl Points<'_> {
    fn read(&self, to: &mut Vec<Result<Sample, Refusal>>) {
        match &self.metric.data {
            Some(Data::Gauge(gauge)) => {
                to.extend(self.numbers(&gauge.data_points, |value, _| Value::Gauge(value)));
            }
            Some(Data::Sum(sum)) => match (is_delta(sum.aggregation_temporality), sum.is_monotonic) {
                (true, true) => to.extend(self.numbers(&sum.data_points, |value, _| Value::Increment(value))),
                (false, true) => to.extend(self.numbers(&sum.data_points, |sum, since_millis| {
                    Value::Total(Total { sum, count: None, since_millis })
                })),
                // What goes up and down.
                (true, false) => to.extend(self.numbers(&sum.data_points, |value, _| Value::GaugeBy(value))),
                (false, false) => to.extend(self.numbers(&sum.data_points, |value, _| Value::Gauge(value))),
            },
            Some(Data::Histogram(histogram)) => {
                let is_delta = is_delta(histogram.aggregation_temporality);
                to.extend(histogram.data_points.iter().filter_map(|point| self.summed(point, is_delta)));
            }
            Some(Data::ExponentialHistogram(histogram)) => {
                let is_delta = is_delta(histogram.aggregation_temporality);
                to.extend(histogram.data_points.iter().filter_map(|point| self.summed(point, is_delta)));
            }
            // Those are since a start.
            Some(Data::Summary(summary)) => {
                to.extend(summary.data_points.iter().filter_map(|point| self.summed(point, false)));
            }
            None => to.push(Err(Refusal::Unsupported(format!("{:?}: of no known type", self.metric.name)))),
        }
    }

    fn numbers(
        &self,
        points: &[NumberDataPoint],
        value: impl Fn(f64, Option<i64>) -> Value,
    ) -> impl Iterator<Item = Result<Sample, Refusal>> {
        points.iter().filter(|point| is_recorded(point.flags)).map(move |point| {
            let number = match point.value {
                Some(Number::AsDouble(number)) => number,
                #[expect(
                    clippy::cast_precision_loss,
                    clippy::as_conversions,
                    reason = "so are all numbers here"
                )]
                Some(Number::AsInt(number)) => number as f64,
                None => {
                    let name = &self.metric.name;
                    return Err(Refusal::Malformed(format!("{name:?}: a point has no value")));
                }
            };
            let value = value(number, millis(point.start_time_unix_nano));
            Ok(self.sample(&point.attributes, point.time_unix_nano, value))
        })
    }

    fn summed(&self, point: &impl Summed, is_delta: bool) -> Option<Result<Sample, Refusal>> {
        let Point { flags, attributes, start, time, count, sum, least, greatest } = point.point();
        if !is_recorded(flags) {
            return None;
        }
        let Some(sum) = sum.or((count == 0).then_some(0.0)) else {
            let name = &self.metric.name;
            return Some(Err(Refusal::Unsupported(format!("{name:?}: a histogram without its sum"))));
        };
        let value = if is_delta {
            Value::Measured(Measured { count, sum, least, greatest })
        } else {
            Value::Total(Total { sum, count: Some(count), since_millis: millis(start) })
        };
        Some(Ok(self.sample(attributes, time, value)))
    }

    fn sample(&self, attributes: &[KeyValue], time: u64, value: Value) -> Sample {
        let mut all = self.resource.clone();
        all.extend(labels(attributes));
        Sample { metric: self.metric.name.clone(), labels: all, at_millis: millis(time), value }
    }
}

/// Many values in one point.
struct Point<'p> {
    flags: u32,
    attributes: &'p [KeyValue],
    start: u64,
    time: u64,
    count: u64,
    sum: Option<f64>,
    least: Option<f64>,
    greatest: Option<f64>,
}

trait Summed {
    fn point(&self) -> Point<'_>;
}

macro_rules! summed {
    ($kind:ty, $point:ident: $sum:expr, $least:expr, $greatest:expr) => {
        impl Summed for $kind {
            fn point(&self) -> Point<'_> {
                let $point = self;
                Point {
                    flags: self.flags,
                    attributes: &self.attributes,
                    start: self.start_time_unix_nano,
                    time: self.time_unix_nano,
                    count: self.count,
                    sum: $sum,
                    least: $least,
                    greatest: $greatest,
                }
            }
        }
    };
}

summed!(HistogramDataPoint, point: point.sum, point.min, point.max);
summed!(ExponentialHistogramDataPoint, point: point.sum, point.min, point.max);
summed!(SummaryDataPoint, point: Some(point.sum), None, None);

fn is_delta(temporality: i32) -> bool {
    temporality == i32::from(AggregationTemporality::Delta)
}

fn is_recorded(flags: u32) -> bool {
    let mask = u32::try_from(i32::from(DataPointFlags::NoRecordedValueMask)).unwrap_or_default();
    flags & mask == 0
}

/// `None`: it is not known.
fn millis(nanos: u64) -> Option<i64> {
    i64::try_from(nanos / 1_000_000).ok().filter(|millis| *millis > 0)
}

fn labels<'a>(attributes: impl IntoIterator<Item = &'a KeyValue>) -> Labels {
    attributes
        .into_iter()
        .filter_map(|one| Some((one.key.clone(), label(one.value.as_ref()?.value.as_ref()?)?)))
        .collect()
}

/// Lists and bytes tell no series apart.
fn label(value: &Attribute) -> Option<String> {
    match value {
        Attribute::StringValue(text) => Some(text.clone()),
        Attribute::BoolValue(value) => Some(value.to_string()),
        Attribute::IntValue(value) => Some(value.to_string()),
        Attribute::DoubleValue(value) => Some(value.to_string()),
        Attribute::ArrayValue(_)
        | Attribute::KvlistValue(_)
        | Attribute::BytesValue(_)
        | Attribute::StringValueStrindex(_) => None,
    }
}

#[cfg(test)]
mod tests;

//! Latency distributions of the sample upstream: what they are, how they read, and drawing from them.
//!
//! ```text
//! 12ms                                   always the same
//! normal(12ms,2ms)                       mean and standard deviation, cut at 0
//! lognormal(p50=12ms,p99=48ms)           by two quantiles, which is how people know their services
//! 95%:lognormal(p50=11.4ms,p99=40ms),5%:normal(95ms,10ms)    a mixture; the shares add up to 100 %
//! ```
//!
//! Pure: the caller brings the random numbers.

use std::{fmt, str::FromStr, time::Duration};

use rand::{Rng, RngExt};
use rand_distr::{Distribution, StandardNormal};
use serde::{Deserialize, Serialize};

use crate::units::{Share, UnitError, show_duration};

mod parse;

/// Standard normal quantile at 0.99: how many standard deviations of the logarithm lie between p50 and p99.
const Z99: f64 = 2.326_347_874_040_841;

/// One distribution, without shares.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shape {
    /// Always this long.
    Constant(Duration),
    /// Normal, with draws below zero taken as zero.
    Normal {
        /// Mean before the cut at zero.
        mean: Duration,
        /// Standard deviation before the cut at zero.
        deviation: Duration,
    },
    /// Log-normal through two quantiles.
    Lognormal {
        /// Median.
        p50: Duration,
        /// 99th percentile; not below the median.
        p99: Duration,
    },
}

impl Shape {
    fn sample(self, rng: &mut impl Rng) -> Duration {
        match self {
            Self::Constant(duration) => duration,
            Self::Normal { mean, deviation } => {
                let z: f64 = StandardNormal.sample(rng);
                seconds(mean.as_secs_f64() + z * deviation.as_secs_f64())
            }
            Self::Lognormal { p50, p99 } => {
                let z: f64 = StandardNormal.sample(rng);
                let sigma = (p99.as_secs_f64() / p50.as_secs_f64()).ln() / Z99;
                seconds(p50.as_secs_f64() * (sigma * z).exp())
            }
        }
    }
}

/// Seconds as a duration; what a duration cannot hold becomes its nearest end.
fn seconds(value: f64) -> Duration {
    Duration::try_from_secs_f64(value.max(0.0)).unwrap_or(Duration::MAX)
}

impl fmt::Display for Shape {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Self::Constant(duration) => f.write_str(&show_duration(duration)),
            Self::Normal { mean, deviation } => {
                write!(f, "normal({},{})", show_duration(mean), show_duration(deviation))
            }
            Self::Lognormal { p50, p99 } => {
                write!(f, "lognormal(p50={},p99={})", show_duration(p50), show_duration(p99))
            }
        }
    }
}

/// A latency distribution: one shape, or several with their shares.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Latency {
    /// Never empty; the shares add up to 1.
    parts: Vec<(Share, Shape)>,
}

impl Latency {
    /// Whether every draw is zero, so that nothing need be drawn or waited for.
    pub(crate) fn is_zero(&self) -> bool {
        self.parts.iter().all(|(_, shape)| *shape == Shape::Constant(Duration::ZERO))
    }

    /// Draws one latency.
    pub(crate) fn sample(&self, rng: &mut impl Rng) -> Duration {
        let [(_, only)] = self.parts.as_slice() else {
            return self.pick(rng).sample(rng);
        };
        only.sample(rng)
    }

    fn pick(&self, rng: &mut impl Rng) -> Shape {
        let mut left: f64 = rng.random();
        let mut last = Shape::Constant(Duration::ZERO);
        for &(share, shape) in &self.parts {
            last = shape;
            left -= share.fraction();
            if left < 0.0 {
                break;
            }
        }
        last
    }
}

impl Default for Latency {
    fn default() -> Self {
        Self::from(Duration::ZERO)
    }
}

impl From<Duration> for Latency {
    fn from(constant: Duration) -> Self {
        Self { parts: vec![(Share::default(), Shape::Constant(constant))] }
    }
}

impl fmt::Display for Latency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let [(_, only)] = self.parts.as_slice() {
            return only.fmt(f);
        }
        for (index, (share, shape)) in self.parts.iter().enumerate() {
            let comma = if index == 0 { "" } else { "," };
            write!(f, "{comma}{share}:{shape}")?;
        }
        Ok(())
    }
}

impl TryFrom<String> for Latency {
    type Error = LatencyError;

    fn try_from(text: String) -> Result<Self, LatencyError> {
        text.parse()
    }
}

impl From<Latency> for String {
    fn from(latency: Latency) -> Self {
        latency.to_string()
    }
}

impl FromStr for Latency {
    type Err = LatencyError;

    fn from_str(text: &str) -> Result<Self, LatencyError> {
        Ok(Self { parts: parse::mixture(text)? })
    }
}

/// Why a latency distribution could not be read; each variant names the part that is wrong.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum LatencyError {
    /// A duration or share inside it.
    #[error(transparent)]
    Unit(#[from] UnitError),
    /// A name before the parenthesis that is none of ours.
    #[error(
        "unknown distribution \"{0}\": write normal(MEAN,DEVIATION), lognormal(p50=D,p99=D) or a plain duration"
    )]
    UnknownShape(String),
    /// A parenthesis is missing.
    #[error("\"{0}\" lacks its closing parenthesis")]
    Unclosed(String),
    /// Another number of parameters than two.
    #[error("\"{0}\" needs exactly two parameters: {1}")]
    Parameters(String, &'static str),
    /// A lognormal whose parameters are not p50 and p99.
    #[error("\"{0}\" needs p50= and p99=, such as lognormal(p50=12ms,p99=48ms)")]
    Quantiles(String),
    /// A lognormal that falls instead of rising, or starts at zero.
    #[error("\"{0}\": p50 must be above 0 and p99 not below p50")]
    QuantileOrder(String),
    /// One of several parts has no share.
    #[error("\"{0}\" needs a share in front, such as 95%:{0}, because there are several parts")]
    NoShare(String),
    /// Shares that do not make a whole.
    #[error("the shares add up to {0:.4} %, not 100 %")]
    ShareSum(f64),
}

#[cfg(test)]
mod tests;

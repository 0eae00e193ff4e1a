//! Evidence against a null hypothesis: an e-value, kept as its logarithm.
//!
//! An e-value multiplies over blocks, so hours of traffic leave the range of a float; its logarithm does not. It is
//! written as text, because the JSON reader in common use may be off by one unit in the last place, and a run that is
//! resumed from a checkpoint has to go on exactly.

use std::fmt;

use serde::de::{self, Deserializer, Visitor};
use serde::{Deserialize, Serialize, Serializer};

/// The largest e-value that is ever reported: JSON has no infinity.
pub const MAX_E: f64 = 1e300;

/// Natural logarithm of an e-value. 0 is no evidence either way.
#[derive(Clone, Copy, Debug, Default, PartialEq, PartialOrd)]
pub struct Evidence(f64);

impl Evidence {
    /// No evidence: e = 1.
    pub const NONE: Self = Self(0.0);
    /// Nothing staked: e = 0.
    pub const ZERO: Self = Self(f64::NEG_INFINITY);

    /// From a natural logarithm.
    #[must_use]
    pub fn from_log(log: f64) -> Self {
        Self(log)
    }

    /// From an e-value.
    #[must_use]
    pub fn from_e(e: f64) -> Self {
        Self(e.ln())
    }

    /// The natural logarithm.
    #[must_use]
    pub fn log(self) -> f64 {
        self.0
    }

    /// The e-value, between 0 and [`MAX_E`].
    #[must_use]
    pub fn e_value(self) -> f64 {
        self.0.exp().min(MAX_E)
    }

    /// Multiplied by a factor whose logarithm is given.
    #[must_use]
    pub fn times(self, log_factor: f64) -> Self {
        Self(self.0 + log_factor)
    }

    /// The larger of both.
    #[must_use]
    pub fn max(self, other: Self) -> Self {
        if other.0 > self.0 { other } else { self }
    }

    /// The sum of both e-values.
    #[must_use]
    pub fn plus(self, other: Self) -> Self {
        let (high, low) = if self.0 >= other.0 { (self.0, other.0) } else { (other.0, self.0) };
        // Below 1e-16 of the larger one, nothing of the smaller is left in a float.
        if low - high < -37.0 || low == f64::NEG_INFINITY {
            Self(high)
        } else {
            Self(high + (low - high).exp().ln_1p())
        }
    }

    /// The weighted mean of several e-values; the weights need not sum to 1. No evidence where nothing has weight.
    #[must_use]
    pub fn mean(parts: impl IntoIterator<Item = (f64, Self)>) -> Self {
        let (mut total, mut sum) = (0.0, Self::ZERO);
        for (weight, part) in parts {
            if weight > 0.0 {
                total += weight;
                sum = sum.plus(part.times(weight.ln()));
            }
        }
        if total > 0.0 { sum.times(-total.ln()) } else { Self::NONE }
    }
}

impl Serialize for Evidence {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for Evidence {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Text;
        impl Visitor<'_> for Text {
            type Value = Evidence;

            fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
                out.write_str("the logarithm of an e-value as text, such as \"4.605\"")
            }

            fn visit_str<E: de::Error>(self, text: &str) -> Result<Evidence, E> {
                match text.parse::<f64>() {
                    Ok(log) if !log.is_nan() => Ok(Evidence(log)),
                    Ok(_) | Err(_) => Err(E::invalid_value(de::Unexpected::Str(text), &self)),
                }
            }
        }
        deserializer.deserialize_str(Text)
    }
}

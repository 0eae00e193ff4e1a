//! When requests are due: the open-loop schedule, as a pure function of its stages and a seed.
//!
//! The expected number of arrivals up to a time is the integral of the rate. Evenly spaced arrivals fall where that integral is a
//! whole number; Poisson arrivals fall where it equals a sum of exponential steps of mean 1. Both follow ramps exactly, and nothing
//! that the server does can move them.

#![expect(
    clippy::as_conversions,
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "arrival numbers stay far below 2^53, where f64 holds every whole number"
)]

use std::{fmt, str::FromStr, time::Duration};

use rand::{SeedableRng, rngs::SmallRng};
use rand_distr::{Distribution, Exp1};

use crate::units::{UnitError, parse_duration, show_duration};

/// A span of time whose rate is constant or changes in a straight line.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Stage {
    duration: Duration,
    from: f64,
    to: f64,
}

/// Why a stage cannot be.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum StageError {
    /// Not `DURATION:RATE` or `DURATION:FROM..TO`.
    #[error(
        "\"{0}\" is not a stage: write DURATION:RATE or DURATION:FROM..TO in requests per second, such as 30s:100..500"
    )]
    Form(String),
    /// The duration cannot be read.
    #[error(transparent)]
    Duration(#[from] UnitError),
    /// A rate that is negative, infinite, or no number.
    #[error("a rate of {0} requests per second is not possible: write a number from 0 to 10000000")]
    Rate(f64),
}

/// Highest rate of a stage, requests per second.
const MAX_RATE: f64 = 1e7;

impl Stage {
    /// A stage of `duration` whose rate goes from `from` to `to` requests per second.
    pub fn new(duration: Duration, from: f64, to: f64) -> Result<Self, StageError> {
        match [from, to].into_iter().find(|rate| !(0.0..=MAX_RATE).contains(rate)) {
            Some(rate) => Err(StageError::Rate(rate)),
            None => Ok(Self { duration, from, to }),
        }
    }

    /// A stage of `duration` with `rate` requests per second.
    pub fn constant(duration: Duration, rate: f64) -> Result<Self, StageError> {
        Self::new(duration, rate, rate)
    }

    /// Expected arrivals in the whole stage.
    fn mass(&self) -> f64 {
        f64::midpoint(self.from, self.to) * self.duration.as_secs_f64()
    }

    /// Seconds into the stage at which the expected arrivals reach `mass`.
    fn time_of(&self, mass: f64) -> f64 {
        if mass <= 0.0 {
            return 0.0;
        }
        // from t + slope t^2 / 2 = mass, solved in the form that does not cancel for slopes near zero.
        let slope = (self.to - self.from) / self.duration.as_secs_f64();
        let root = (self.from * self.from + 2.0 * slope * mass).max(0.0).sqrt();
        2.0 * mass / (self.from + root)
    }
}

impl FromStr for Stage {
    type Err = StageError;

    fn from_str(text: &str) -> Result<Self, StageError> {
        let form = || StageError::Form(text.to_owned());
        let (duration, rates) = text.split_once(':').ok_or_else(form)?;
        let (from, to) = rates.split_once("..").unwrap_or((rates, rates));
        let rate = |text: &str| text.trim().parse::<f64>().map_err(|_| form());
        Self::new(parse_duration(duration)?, rate(from)?, rate(to)?)
    }
}

impl fmt::Display for Stage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", show_duration(self.duration), self.from)?;
        if self.from.total_cmp(&self.to).is_ne() {
            write!(f, "..{}", self.to)?;
        }
        Ok(())
    }
}

/// How arrivals are spaced around the rate.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Spacing {
    /// As regular as the rate allows; the number of arrivals is exact.
    Even,
    /// As from many independent users.
    Poisson {
        /// Fixes the whole sequence.
        seed: u64,
    },
}

/// Stages one after the other, with a spacing.
#[derive(Debug, Clone, PartialEq)]
pub struct Schedule {
    /// In order of time.
    pub stages: Vec<Stage>,
    /// How arrivals fall within them.
    pub spacing: Spacing,
    /// No more arrivals than this, though the stages would have more.
    pub limit: Option<u64>,
}

impl Schedule {
    /// How long all stages take.
    #[must_use]
    pub fn duration(&self) -> Duration {
        self.stages.iter().map(|stage| stage.duration).sum()
    }

    /// Every arrival as an offset from the start, in order.
    pub(crate) fn arrivals(&self) -> Arrivals<'_> {
        let source = match self.spacing {
            Spacing::Even => Source::Even,
            Spacing::Poisson { seed } => Source::Poisson(Box::new(SmallRng::seed_from_u64(seed))),
        };
        let mut arrivals = Arrivals {
            stages: &self.stages,
            left: self.limit.unwrap_or(u64::MAX),
            source,
            number: 0,
            mass: 0.0,
            stage_start: 0.0,
            stage_mass: 0.0,
        };
        // The first even arrival is at once; a Poisson process waits for its first one.
        if matches!(arrivals.source, Source::Poisson(_)) {
            arrivals.step();
        }
        arrivals
    }
}

impl fmt::Display for Schedule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, stage) in self.stages.iter().enumerate() {
            write!(f, "{}{stage}", if index == 0 { "" } else { ", " })?;
        }
        f.write_str(match self.spacing {
            Spacing::Even => " req/s, evenly spaced",
            Spacing::Poisson { .. } => " req/s, Poisson",
        })?;
        self.limit.map_or(Ok(()), |limit| write!(f, ", at most {limit} requests"))
    }
}

enum Source {
    Even,
    Poisson(Box<SmallRng>),
}

/// Iterator over the offsets of a [`Schedule`].
pub struct Arrivals<'a> {
    stages: &'a [Stage],
    left: u64,
    source: Source,
    number: u64,
    /// Expected arrivals, since the start, at which the next one is due.
    mass: f64,
    /// Seconds and expected arrivals before the first of `stages`.
    stage_start: f64,
    stage_mass: f64,
}

impl Arrivals<'_> {
    fn step(&mut self) {
        match &mut self.source {
            // From the number instead of by adding, so that nothing accumulates.
            Source::Even => {
                self.number += 1;
                self.mass = self.number as f64;
            }
            Source::Poisson(rng) => {
                let step: f64 = Exp1.sample(rng);
                self.mass += step;
            }
        }
    }
}

impl Iterator for Arrivals<'_> {
    type Item = Duration;

    fn next(&mut self) -> Option<Duration> {
        if self.left == 0 {
            return None;
        }
        loop {
            let (stage, rest) = self.stages.split_first()?;
            let mass = stage.mass();
            let within = self.mass - self.stage_mass;
            // A hair below the stage's end belongs to the end: 0.1 * 30 is not exactly 3.
            if within < mass * (1.0 - 1e-12) {
                let seconds = self.stage_start + stage.time_of(within);
                self.step();
                self.left -= 1;
                return Some(Duration::from_nanos((seconds * 1e9).round() as u64));
            }
            self.stages = rest;
            self.stage_start += stage.duration.as_secs_f64();
            self.stage_mass += mass;
        }
    }
}

#[cfg(test)]
mod tests;

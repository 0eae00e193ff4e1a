//! What one metric's comparison comes to.

use super::bounds::{Bounds, searched};
use super::clean::NanStrategy;
use super::comparison::{Class, Comparison};
use super::doubt;
use super::effect::{Measure, mean_ratio};
use super::moved::Moved;
use super::options::{Direction, Options};
use super::percentile::sorted;
use super::shift::{Shift, Tied};
use super::summary::mean;

/// The class of one metric, and why.
#[derive(Clone, Debug, PartialEq)]
pub struct Classified {
    /// What it is.
    pub class: Class,
    /// Why, where there is more to say.
    pub reason: Option<String>,
    /// Mean of the experiment over that of the control; not a number where one of them is 0, `None` where they were not compared.
    pub ratio: Option<f64>,
    /// Whether it fails everything.
    pub critical: bool,
    /// Where the shift of the experiment lies, where that was asked.
    pub bounds: Option<Bounds>,
    /// Whether there are data, and they are too few or too odd to say anything. Never with `Quirks::ranks_alone`.
    pub is_undecided: bool,
}

impl Classified {
    fn pass(reason: Option<String>) -> Self {
        Self { class: Class::Pass, reason, ratio: Some(1.0), ..Self::nothing() }
    }

    /// There are no samples of one side.
    pub(crate) fn missing(name: &str, options: &Options) -> Self {
        let fails = options.must_have_data && !options.critical;
        Self {
            class: if fails { Class::NodataFailMetric } else { Class::Nodata },
            reason: Some(format!("Missing data for {name}")),
            critical: options.critical,
            ..Self::nothing()
        }
    }

    /// Nothing was compared.
    const fn nothing() -> Self {
        Self {
            class: Class::Nodata,
            reason: None,
            ratio: None,
            critical: false,
            bounds: None,
            is_undecided: false,
        }
    }
}

/// What was measured of two sides.
struct Measured {
    /// `None`: a value is not finite.
    shift: Option<Shift>,
    bounds: Bounds,
    /// How large the difference is, in the config's measure.
    effect: f64,
}

impl Comparison<'_> {
    /// Compares.
    #[must_use]
    pub fn classify(&self) -> Classified {
        if self.control.is_empty() || self.experiment.is_empty() {
            return self.missing();
        }
        let (x, y) = (sorted(self.experiment), sorted(self.control));
        if x == y {
            return Classified::pass(Some("The Canary and Baseline data are identical".to_owned()));
        }
        let single = single(&x).zip(single(&y));
        #[expect(clippy::float_cmp, reason = "the very same value")]
        if single.is_some_and(|(x, y)| x == y) {
            return Classified::pass(None);
        }
        match self.measured(x, y, single) {
            Ok(measured) => self.decided(&measured),
            Err(Tied) => Classified {
                class: Class::Error,
                reason: Some("Metric Classification Failed".to_owned()),
                critical: self.options.critical && !self.level.quirks.errors_pass,
                ..Classified::nothing()
            },
        }
    }

    fn missing(&self) -> Classified {
        if self.options.nan == NanStrategy::Replace && self.level.quirks.replaced_nothing_passes {
            return Classified::pass(None);
        }
        Classified::missing(self.name, self.options)
    }

    /// Measures both sides in ascending order. Where each side is one `single` value, upstream adds noise of a hundred thousandth so that there is something to
    /// rank; this is what it comes to without the noise.
    fn measured(&self, x: Vec<f64>, y: Vec<f64>, single: Option<(f64, f64)>) -> Result<Measured, Tied> {
        let Self { level, .. } = self;
        let is_one_pair = x.len().max(y.len()) == 1;
        let shift = Shift::of_sorted(x, y);
        let bounds = match (single, &shift) {
            (Some((x, y)), _) if !is_one_pair => Bounds { low: x - y, high: x - y, estimate: x - y },
            (_, None) => return Err(Tied),
            (_, Some(shift)) if level.quirks.searched_bounds => searched(shift, level.confidence)?,
            (_, Some(shift)) => shift.exact(level.confidence),
        };
        let effect = self.effect(shift.as_ref());
        Ok(Measured { shift, bounds, effect })
    }

    fn effect(&self, shift: Option<&Shift>) -> f64 {
        match self.options.measure {
            Measure::Cles => shift.map_or(f64::NAN, Shift::superiority),
            Measure::MeanRatio => {
                let (experiment, control) = (mean(self.experiment), mean(self.control));
                if control < 0.0 && !self.level.quirks.ratio_of_negatives {
                    1.0 + (experiment - control) / control.abs()
                } else {
                    mean_ratio(self.experiment, self.control)
                }
            }
        }
    }

    fn decided(&self, measured: &Measured) -> Classified {
        let Self { name, options, level, .. } = self;
        let passed = Classified {
            ratio: Some(mean_ratio(self.experiment, self.control)),
            bounds: Some(measured.bounds),
            ..Classified::pass(None)
        };
        let Some((moved, how)) = self.difference(measured) else {
            let shift = measured.shift.as_ref().filter(|_| !level.quirks.ranks_alone);
            let doubt = shift.and_then(|shift| doubt::of(self, shift));
            return match doubt {
                None => passed,
                Some(_) => Classified { class: Class::Nodata, reason: doubt, is_undecided: true, ..passed },
            };
        };
        let class = moved.class();
        let critical = options.critical && moved.reaches(measured.effect, options.critical_from);
        let reason = if critical {
            format!("The metric {name} was classified as {class:?} (Critical){how}")
        } else {
            format!("{name} was classified as {class:?}{how}")
        };
        Classified { class, reason: Some(reason), critical, ..passed }
    }

    /// The difference that counts, if there is one, and how it was seen where ranks did not show it.
    fn difference(&self, measured: &Measured) -> Option<(Moved, String)> {
        let Measured { shift: _, bounds, effect } = measured;
        let bound = self.level.tolerance * bounds.estimate.abs();
        let counts = |moved: Moved| {
            moved.is_in(self.options.direction) && moved.reaches(*effect, self.options.allowed)
        };
        let nearer_end = |moved: Moved| match moved {
            Moved::Up => bounds.low,
            Moved::Down => bounds.high,
        };
        let by_ranks =
            Moved::WAYS.into_iter().find(|moved| moved.along(nearer_end(*moved)) > bound && counts(*moved));
        if let Some(moved) = by_ranks {
            return Some((moved, String::new()));
        }
        if self.level.quirks.ranks_alone {
            return None;
        }
        doubt::by_means(self).filter(|(moved, _)| counts(*moved))
    }
}

/// The value of samples in ascending order, where there is but one.
fn single(sorted: &[f64]) -> Option<f64> {
    let (first, last) = sorted.first().zip(sorted.last())?;
    #[expect(clippy::float_cmp, reason = "the very same value")]
    (first == last).then_some(*first)
}

/// Upstream's second classifier, which nothing selects: compares the means alone.
#[must_use]
pub fn classify_by_means(control: &[f64], experiment: &[f64], direction: Direction) -> Class {
    if control.is_empty() || experiment.is_empty() {
        return Class::Nodata;
    }
    let difference = mean(experiment) - mean(control);
    let found = Moved::WAYS.into_iter().find(|moved| moved.is_in(direction) && moved.along(difference) > 0.0);
    found.map_or(Class::Pass, Moved::class)
}

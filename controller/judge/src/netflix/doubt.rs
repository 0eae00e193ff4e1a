//! What ranks do not see: a few large values, another shape, trouble in too few samples.

use super::comparison::Comparison;
use super::means;
use super::moved::Moved;
use super::shape;
use super::shift::Shift;
use super::summary::Summary;

/// A series shorter than this is one of few samples; upstream warns below it.
const FEW: usize = 50;
/// Standard deviations of the rank sum from which on few samples hint at a difference: once in ten such metrics by chance.
const HINT: f64 = 1.28;

/// A difference of the means that is no chance, and how it is said.
pub(super) fn by_means(comparison: &Comparison<'_>) -> Option<(Moved, String)> {
    let (experiment, control) = (Summary::of(comparison.experiment), Summary::of(comparison.control));
    let means = means::compare(experiment, control)?;
    let alpha = (1.0 - comparison.level.confidence) / 2.0;
    if means.difference.abs() <= comparison.level.tolerance * control.mean.abs() {
        return None;
    }
    let how = format!(
        ": its mean is {:.4} and not {:.4}, though the middle is not shifted",
        experiment.mean, control.mean
    );
    if means.p_rise < alpha {
        Some((Moved::Up, how))
    } else if means.p_rise > 1.0 - alpha {
        Some((Moved::Down, how))
    } else {
        None
    }
}

/// Why there is no verdict; `None`: it passes.
pub(super) fn of(comparison: &Comparison<'_>, shift: &Shift) -> Option<String> {
    let Comparison { name, control, experiment, options, level } = comparison;
    let (nx, ny) = (experiment.len(), control.len());
    let alpha = 1.0 - level.confidence;
    if !shift.can_show(level.confidence) {
        return Some(format!(
            "{name}: {ny} and {nx} samples are too few to tell anything at {} %",
            level.confidence * 100.0
        ));
    }
    let (distance, p) = shape::distance(experiment, control);
    if p < alpha {
        return Some(format!(
            "{name}: the samples are spread otherwise than production's (the distributions are {distance:.2} apart, by chance {p:.4}), so that their middle says little"
        ));
    }
    let w = shift.statistic(0.0).ok()?;
    let hints = Moved::WAYS.iter().any(|moved| moved.is_in(options.direction) && moved.along(w) > HINT);
    (hints && nx.min(ny) < FEW)
        .then(|| format!("{name}: {ny} and {nx} samples hint at a difference and are too few to show one"))
}

//! Bets of several sizes on a bounded score.

/// Parts of the money that are bet each time; one for each size of an effect.
const SIZES: [f64; 7] = [0.05, 0.1, 0.2, 0.35, 0.5, 0.7, 0.9];
/// Beyond this, wealth is kept as a logarithm.
const LARGE: f64 = 1e100;

/// What bets on scores from -1 to 1 have made of a stake of 1, an equal part for each size.
#[derive(Clone, Debug)]
pub(super) struct Wealth {
    parts: [f64; SIZES.len()],
    /// Logarithm of what each part is to be multiplied by.
    log_scale: f64,
}

impl Wealth {
    pub(super) fn new() -> Self {
        Self { parts: [1.0 / SIZES.len() as f64; SIZES.len()], log_scale: 0.0 }
    }

    /// Bets that the next score is above 0, which it is.
    pub(super) fn bet(&mut self, score: f64) {
        for (part, size) in self.parts.iter_mut().zip(SIZES) {
            *part *= size.mul_add(score, 1.0);
        }
        let sum = self.sum();
        if !(1.0 / LARGE..LARGE).contains(&sum) && sum > 0.0 {
            for part in &mut self.parts {
                *part /= sum;
            }
            self.log_scale += sum.ln();
        }
    }

    fn sum(&self) -> f64 {
        self.parts.iter().sum()
    }

    /// Natural logarithm of all there is.
    pub(super) fn log(&self) -> f64 {
        self.log_scale + self.sum().ln()
    }
}

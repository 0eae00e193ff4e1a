//! Values to places on a drawing, and round numbers at the axis. Pure.

/// Ticks that an axis has room for.
const TICKS: f64 = 5.0;

/// A straight axis: values from one number to another, drawn from one place to another.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Scale {
    from: f64,
    to: f64,
    /// Between two ticks: 1, 2 or 5 times a power of ten.
    step: f64,
    /// Where the ends are drawn.
    places: (f64, f64),
}

impl Scale {
    /// Of these values; of some room around it where they are all the same, and of 0 to 1 where there is none that is a number.
    pub(super) fn of(values: impl Iterator<Item = f64>, places: (f64, f64)) -> Self {
        let ends = values.filter(|value| value.is_finite()).fold(None, |ends: Option<(f64, f64)>, value| {
            let (from, to) = ends.unwrap_or((value, value));
            Some((from.min(value), to.max(value)))
        });
        let (from, to) = match ends {
            None => (0.0, 1.0),
            Some((from, to)) if to - from > 0.0 => (from, to),
            Some((value, _)) => (value - value.abs().max(1.0) / 2.0, value + value.abs().max(1.0) / 2.0),
        };
        Self { from, to, step: step(to - from), places }
    }

    /// The same with ticks at whole numbers at most: for powers of ten.
    pub(super) fn whole(self) -> Self {
        Self { step: self.step.max(1.0), ..self }
    }

    /// The same, as far as the round numbers beyond its ends.
    pub(super) fn rounded(self) -> Self {
        let step = self.step;
        let (from, to) = ((self.from / step).floor() * step, (self.to / step).ceil() * step);
        Self { from, to, ..self }
    }

    /// Where a value is drawn.
    pub(super) fn place(&self, value: f64) -> f64 {
        let (first, last) = self.places;
        first + (value - self.from) / (self.to - self.from) * (last - first)
    }

    /// Round numbers within it.
    pub(super) fn ticks(&self) -> Vec<f64> {
        let step = self.step;
        let first = (self.from / step).ceil();
        let ticks = (0_u8..20).map(|number| (first + f64::from(number)) * step);
        ticks.take_while(|tick| *tick <= self.to + step / 1e6).collect()
    }

    /// A number in as many digits as the ticks need.
    pub(super) fn written(&self, value: f64) -> String {
        let exponent = self.step.log10().floor();
        if exponent >= 0.0 {
            return format!("{value:.0}");
        }
        let digits = (1_u8..12).find(|digits| f64::from(*digits) >= -exponent).unwrap_or(12);
        format!("{value:.*}", usize::from(digits))
    }
}

fn step(range: f64) -> f64 {
    let rough = range / TICKS;
    let power = 10_f64.powf(rough.log10().floor());
    let factor = [1.0, 2.0, 5.0].into_iter().find(|factor| factor * power >= rough).unwrap_or(10.0);
    factor * power
}

#[cfg(test)]
mod tests {
    use super::Scale;

    fn scale(from: f64, to: f64) -> Scale {
        Scale::of([from, to].into_iter(), (0.0, 100.0))
    }

    fn ticks(scale: Scale) -> Vec<String> {
        scale.ticks().into_iter().map(|tick| scale.written(tick)).collect()
    }

    #[test]
    fn ticks_are_round_numbers_in_the_digits_they_need() {
        assert_eq!(ticks(scale(254.5, 1218.0)), ["400", "600", "800", "1000", "1200"]);
        assert_eq!(
            ticks(scale(254.5, 1218.0).rounded()),
            ["200", "400", "600", "800", "1000", "1200", "1400"]
        );
        assert_eq!(ticks(scale(0.0, 0.01)), ["0.000", "0.002", "0.004", "0.006", "0.008", "0.010"]);
        assert_eq!(ticks(scale(-3.0, 3.0)), ["-2", "0", "2"]);
    }

    #[test]
    fn what_is_no_number_or_one_number_has_room_all_the_same() {
        let nothing = Scale::of([f64::NAN, f64::INFINITY].into_iter(), (10.0, 20.0));
        assert_eq!((nothing.place(0.0), nothing.place(1.0)), (10.0, 20.0));
        let one = scale(7.0, 7.0);
        assert!((one.place(7.0) - 50.0).abs() < 1e-9 && one.ticks().len() >= 3);
    }
}

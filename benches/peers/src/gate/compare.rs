//! Measured against recorded: which figures hold, and which functions have grown. Pure.

use std::collections::BTreeMap;

use crate::gate::baseline::Figure;
use crate::table::{Table, number};

/// Functions that are named when a figure has grown.
const NAMED: usize = 15;
/// Less growth than this is not worth a line.
const LEAST_GROWTH: f64 = 0.5;

/// What is to be said about a figure.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    /// Within its limits.
    Holds,
    /// So much less that the recorded value no longer protects it.
    Less,
    /// Above a goal that was not met before either.
    MissesGoal,
    /// More than the tolerance above what was recorded.
    Grown,
    /// Above its ceiling.
    AboveCeiling,
}

impl Verdict {
    /// Judges `now`; `tolerance_percent` stands in for the figure's own where that is smaller.
    pub(super) fn of(figure: &Figure, now: f64, tolerance_percent: f64) -> Self {
        let tolerance = figure.tolerance_percent.map(|own| own.max(tolerance_percent) / 100.0);
        if figure.ceiling.is_some_and(|ceiling| now > ceiling) {
            Self::AboveCeiling
        } else if tolerance.is_some_and(|part| now > figure.value * (1.0 + part)) {
            Self::Grown
        } else if tolerance.is_some_and(|part| now < figure.value * (1.0 - part)) {
            Self::Less
        } else if figure.goal.is_some_and(|goal| now > goal) {
            Self::MissesGoal
        } else {
            Self::Holds
        }
    }

    /// Whether the gate fails.
    pub(super) fn fails(self) -> bool {
        match self {
            Self::Grown | Self::AboveCeiling => true,
            Self::Holds | Self::Less | Self::MissesGoal => false,
        }
    }

    /// In a table.
    pub(super) fn word(self) -> &'static str {
        match self {
            Self::Holds => "ok",
            Self::Less => "less: make gate-record",
            Self::MissesGoal => "ok, goal not met yet",
            Self::Grown => "GROWN",
            Self::AboveCeiling => "ABOVE CEILING",
        }
    }
}

/// A row of the table of figures.
pub(super) fn row(name: &str, figure: &Figure, now: f64, verdict: Verdict) -> [String; 6] {
    let change = if figure.value.abs() > 1.0 {
        format!("{:+.2} %", (now / figure.value - 1.0) * 100.0)
    } else {
        format!("{:+.3}", now - figure.value)
    };
    let limit = match (figure.ceiling, figure.goal) {
        (Some(ceiling), _) => format!("{} at most", number(Some(ceiling))),
        (None, Some(goal)) => format!("{} wanted", number(Some(goal))),
        (None, None) => String::new(),
    };
    [name.to_owned(), number(Some(figure.value)), number(Some(now)), change, limit, verdict.word().to_owned()]
}

/// The functions that have grown most, with what they cost before and cost now. One that was not recorded cost no more than the cheapest
/// that was.
pub(super) fn growth<'a>(
    recorded: &BTreeMap<String, f64>,
    now: &'a BTreeMap<String, f64>,
) -> Vec<(&'a str, f64, f64)> {
    let unrecorded = recorded.values().copied().reduce(f64::min).unwrap_or(0.0);
    let mut grown: Vec<_> = now
        .iter()
        .map(|(name, now)| (name.as_str(), recorded.get(name).copied().unwrap_or(unrecorded), *now))
        .filter(|(_, before, now)| now - before >= LEAST_GROWTH)
        .collect();
    grown.sort_by(|(_, before_a, a), (_, before_b, b)| (b - before_b).total_cmp(&(a - before_a)));
    grown.truncate(NAMED);
    grown
}

/// [`growth`] as a table.
pub(super) fn growth_table(recorded: &BTreeMap<String, f64>, now: &BTreeMap<String, f64>) -> Table {
    let mut table = Table::new(["function that grew", "recorded", "now", "more"]);
    for (name, before, now) in growth(recorded, now) {
        let cells = [before, now, now - before].map(|value| number(Some(value)));
        table.row([name.to_owned()].into_iter().chain(cells));
    }
    table
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::{Figure, Verdict, growth, row};

    fn figure(ceiling: Option<f64>, goal: Option<f64>) -> Figure {
        Figure { value: 1_000.0, tolerance_percent: Some(2.0), ceiling, goal }
    }

    #[test]
    fn two_percent_more_fails_and_two_percent_less_is_told() {
        let judge = |now| Verdict::of(&figure(None, None), now, 2.0);
        assert_eq!([981.0, 1_020.0].map(judge), [Verdict::Holds; 2]);
        assert_eq!([1_020.1, 979.9].map(judge), [Verdict::Grown, Verdict::Less]);
        assert!(Verdict::Grown.fails() && !Verdict::Less.fails());
        assert_eq!(Verdict::of(&figure(None, None), 1_090.0, 10.0), Verdict::Holds, "another compiler");
    }

    #[test]
    fn a_ceiling_fails_and_a_goal_does_not_hide_growth() {
        assert_eq!(Verdict::of(&figure(Some(1_005.0), None), 1_006.0, 10.0), Verdict::AboveCeiling);
        let judge = |now| Verdict::of(&figure(None, Some(800.0)), now, 2.0);
        assert_eq!(
            [1_010.0, 1_030.0, 800.0].map(judge),
            [Verdict::MissesGoal, Verdict::Grown, Verdict::Less]
        );
        let difference = Figure { tolerance_percent: None, ..figure(None, Some(50.0)) };
        assert_eq!(Verdict::of(&difference, 9_999.0, 2.0), Verdict::MissesGoal, "no tolerance, no growth");
    }

    #[test]
    fn the_functions_that_grew_most_come_first() {
        let map = |pairs: &[(&str, f64)]| -> BTreeMap<String, f64> {
            pairs.iter().map(|(name, cost)| ((*name).to_owned(), *cost)).collect()
        };
        let before = map(&[("shrunk", 100.0), ("some", 10.0), ("same", 5.0)]);
        let now = map(&[("shrunk", 10.0), ("some", 20.0), ("same", 5.4), ("new", 60.0)]);
        assert_eq!(growth(&before, &now), [("new", 5.0, 60.0), ("some", 10.0, 20.0)]);
    }

    #[test]
    fn a_row_says_change_and_limit() {
        let cells = row("h1", &figure(Some(8_000.0), None), 1_030.0, Verdict::Grown);
        assert_eq!(cells, ["h1", "1,000", "1,030", "+3.00 %", "8,000 at most", "GROWN"]);
        let nothing = Figure { goal: Some(0.01), ..Figure::default() };
        assert_eq!(row("a", &nothing, 1.0, Verdict::MissesGoal)[3], "+1.000");
    }
}

//! The interval and the rank sum beside R's `wilcox.test`, over 500 pairs of samples that `tests/data/wilcox.R` makes.

use serde::Deserialize;
use weir_judge::netflix::bounds::searched;
use weir_judge::netflix::shift::Shift;

#[derive(Deserialize)]
struct Case {
    kind: String,
    x: Vec<f64>,
    y: Vec<f64>,
    low: f64,
    high: f64,
    w: f64,
}

#[test]
fn intervals_and_rank_sums_are_those_of_r() {
    let cases: Vec<Case> = serde_json::from_str(include_str!("../data/wilcox.json")).unwrap();
    assert_eq!(cases.len(), 500);
    for (number, case) in cases.iter().enumerate() {
        let Case { kind, x, y, low, high, w } = case;
        let shift = Shift::new(x, y).unwrap();
        let found = searched(&shift, 0.98).unwrap();
        let pairs = (x.len() * y.len()) as f64;
        assert!((shift.superiority() * pairs - w).abs() < 1e-6, "{number} {kind}: W is not {w}");
        for (name, found, expected) in [("low", found.low, low), ("high", found.high, high)] {
            let is_near = (found - expected).abs() <= 1e-9 * expected.abs().max(1.0);
            assert!(is_near, "{number} {kind}: {name} is {found}, not {expected}");
        }
    }
}

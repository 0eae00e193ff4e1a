//! Ranks, means and shape beside `scipy`, over 300 pairs of samples that `tests/data/scipy_cases.py` makes.

use serde::Deserialize;
use statrs::distribution::{ContinuousCDF, Normal};
use weir_judge::netflix::means;
use weir_judge::netflix::shape;
use weir_judge::netflix::shift::Shift;
use weir_judge::netflix::summary::Summary;

#[derive(Deserialize)]
struct Case {
    kind: String,
    x: Vec<f64>,
    y: Vec<f64>,
    u: f64,
    p: f64,
    t: f64,
    rise: f64,
    distance: f64,
}

#[test]
fn ranks_means_and_shape_are_those_of_scipy() {
    let cases: Vec<Case> = serde_json::from_str(include_str!("../data/scipy.json")).unwrap();
    assert_eq!(cases.len(), 300);
    for (number, case) in cases.iter().enumerate() {
        let Case { kind, x, y, u, p, t, rise, distance } = case;
        let shift = Shift::new(x, y).unwrap();
        let pairs = (x.len() * y.len()) as f64;
        let z = shift.statistic(0.0).unwrap();
        let means = means::compare(Summary::of(x), Summary::of(y)).unwrap();
        for (name, found, expected) in [
            ("U", shift.superiority() * pairs, u),
            ("p of ranks", (2.0 * Normal::standard().sf(z.abs())).min(1.0), p),
            ("t", means.t, t),
            ("p of a rise", means.p_rise, rise),
            ("distance", shape::distance(x, y).0, distance),
        ] {
            let is_near = (found - expected).abs() <= 1e-9 * expected.abs().max(1.0);
            assert!(is_near, "{number} {kind}: {name} is {found}, not {expected}");
        }
    }
}

//! What is said of a release to come, beside what happens to simulated ones.

use weir_judge::Criteria;
use weir_judge::forecast::{Forecast, Rates};

fn forecast(control: f64, canary: f64, stable: f64) -> Forecast {
    Forecast { criteria: Criteria::default(), rates: Rates { control, canary, stable }, errors: 0.005 }
}

/// 2 % of errors against 0.5 % fail half of the releases with 10 + 10 + 80 requests a second within 164 s, 1 % within 1,167 s (`detection`).
#[test]
fn the_least_share_of_errors_is_the_one_that_half_of_the_releases_fail_by() {
    let least = |seconds| forecast(10.0, 10.0, 80.0).least_errors(seconds).unwrap();
    let (soon, late) = (least(164.0), least(1_167.0));
    println!("errors that fail within 164 s: {:.2} %, within 1,167 s: {:.2} %", soon * 100.0, late * 100.0);
    assert!((0.014..0.026).contains(&soon) && (0.008..0.012).contains(&late));
    let grossly = forecast(5.0, 5.0, 90.0).least_errors(4.0).unwrap();
    println!("errors that fail within 4 s at 5 + 5 + 90: {:.0} %", grossly * 100.0);
    assert!((0.1..0.4).contains(&grossly));
}

/// 3 % above the control's p99 instead of 1 % fail half of the releases within 98 s (`detection`): 2 % of requests more.
#[test]
fn the_least_share_of_slow_requests_is_the_one_that_half_of_the_releases_fail_by() {
    let least = forecast(10.0, 10.0, 80.0).least_slow(98.0).unwrap();
    println!("slow requests that fail within 98 s: {:.2} %", least * 100.0);
    assert!((0.01..0.035).contains(&least));
}

/// Equal releases of 100 requests a second a side with 0.5 % of errors pass after 1,600 requests in the median (`passing`).
#[test]
fn an_equal_release_passes_when_simulated_ones_do() {
    let pass = forecast(100.0, 100.0, 0.0).seconds_until_pass(600.0).unwrap();
    println!("an equal release passes after {pass} s");
    assert!((9.0..25.0).contains(&pass));
    assert_eq!(forecast(1.0, 1.0, 0.0).seconds_until_pass(60.0), None);
}

#[test]
fn without_requests_nothing_is_ever_told() {
    for rates in [0.0, f64::NAN, -1.0] {
        let none = forecast(rates, rates, 0.0);
        assert_eq!((none.least_errors(600.0), none.seconds_until_pass(600.0)), (None, None));
    }
}

//! What Quartz asks of its six or seven fields.
//!
//! <https://www.quartz-scheduler.org/documentation/quartz-2.3.0/tutorials/crontrigger.html>

use super::Invalid;

/// One second, and one of the two days. `*` for a day that is not given is taken as `?`, as many write it.
pub(super) fn check(fields: &[String]) -> Result<(), Invalid> {
    if let [second, _minute, _hour, day_of_month, _month, day_of_week, ..] = fields {
        if !second.parse().is_ok_and(|second: u8| second <= 59) {
            return Err(Invalid::Second(second.clone()));
        }
        let is_given = |day: &str| !matches!(day, "?" | "*");
        if is_given(day_of_month) && is_given(day_of_week) {
            return Err(Invalid::TwoDays);
        }
    }
    Ok(())
}

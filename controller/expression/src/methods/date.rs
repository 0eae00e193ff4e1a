//! Methods of days: those of `java.time.LocalDate`.

use jiff::Span;
use jiff::civil::{Date, Weekday};

use crate::fault::Fault;
use crate::machine::Outcome;
use crate::routine::{Call, Routine, routine};
use crate::value::Value;

pub(crate) const METHODS: &[Routine<Date>] = &[
    routine("getYear", 0, 0, |date, _| Ok(Value::Integer(date.year().into()))),
    routine("getMonthValue", 0, 0, |date, _| Ok(Value::Integer(date.month().into()))),
    routine("getMonth", 0, 0, |date, _| Ok(Value::text(month(date.month())))),
    routine("getDayOfMonth", 0, 0, |date, _| Ok(Value::Integer(date.day().into()))),
    routine("getDayOfYear", 0, 0, |date, _| Ok(Value::Integer(date.day_of_year().into()))),
    routine("getDayOfWeek", 0, 0, |date, _| Ok(Value::text(weekday(date.weekday())))),
    routine("isLeapYear", 0, 0, |date, _| Ok(Value::Boolean(date.in_leap_year()))),
    routine("lengthOfMonth", 0, 0, |date, _| Ok(Value::Integer(date.days_in_month().into()))),
    routine("toEpochDay", 0, 0, |date, _| {
        let days = date.since(jiff::civil::date(1970, 1, 1)).map_err(|_| Fault::Overflow("the date"))?;
        Ok(Value::Integer(days.get_days().into()))
    }),
    routine("plusDays", 1, 1, |date, call| moved(*date, &span(call, 1, |n| Span::new().try_days(n))?)),
    routine("plusWeeks", 1, 1, |date, call| moved(*date, &span(call, 1, |n| Span::new().try_weeks(n))?)),
    routine("plusMonths", 1, 1, |date, call| moved(*date, &span(call, 1, |n| Span::new().try_months(n))?)),
    routine("plusYears", 1, 1, |date, call| moved(*date, &span(call, 1, |n| Span::new().try_years(n))?)),
    routine("minusDays", 1, 1, |date, call| moved(*date, &span(call, -1, |n| Span::new().try_days(n))?)),
    routine("minusWeeks", 1, 1, |date, call| moved(*date, &span(call, -1, |n| Span::new().try_weeks(n))?)),
    routine("minusMonths", 1, 1, |date, call| moved(*date, &span(call, -1, |n| Span::new().try_months(n))?)),
    routine("minusYears", 1, 1, |date, call| moved(*date, &span(call, -1, |n| Span::new().try_years(n))?)),
    routine("isBefore", 1, 1, |date, call| Ok(Value::Boolean(*date < other(call)?))),
    routine("isAfter", 1, 1, |date, call| Ok(Value::Boolean(*date > other(call)?))),
    routine("isEqual", 1, 1, |date, call| Ok(Value::Boolean(*date == other(call)?))),
    routine("atStartOfDay", 0, 0, |date, _| Ok(Value::DateTime(date.at(0, 0, 0, 0)))),
    routine("format", 1, 1, |date, call| super::date_format::written(&Value::Date(*date), call)),
];

fn moved(date: Date, span: &Span) -> Outcome {
    date.checked_add(*span).map(Value::Date).map_err(|_| Fault::Overflow("the date"))
}

/// The first argument as so many units, forward or back.
pub(super) fn span(
    call: &Call<'_, '_>,
    sign: i64,
    unit: fn(i64) -> Result<Span, jiff::Error>,
) -> Result<Span, Fault> {
    let count = call.integer(0)?.checked_mul(sign).ok_or(Fault::Overflow("the date"))?;
    unit(count).map_err(|_| Fault::Overflow("the date"))
}

fn other(call: &Call<'_, '_>) -> Result<Date, Fault> {
    let Value::Date(other) = call.value(0) else { return Err(call.wrong(0, "a date")) };
    Ok(*other)
}

pub(super) const fn weekday(weekday: Weekday) -> &'static str {
    match weekday {
        Weekday::Monday => "MONDAY",
        Weekday::Tuesday => "TUESDAY",
        Weekday::Wednesday => "WEDNESDAY",
        Weekday::Thursday => "THURSDAY",
        Weekday::Friday => "FRIDAY",
        Weekday::Saturday => "SATURDAY",
        Weekday::Sunday => "SUNDAY",
    }
}

pub(super) const fn month(month: i8) -> &'static str {
    match month {
        1 => "JANUARY",
        2 => "FEBRUARY",
        3 => "MARCH",
        4 => "APRIL",
        5 => "MAY",
        6 => "JUNE",
        7 => "JULY",
        8 => "AUGUST",
        9 => "SEPTEMBER",
        10 => "OCTOBER",
        11 => "NOVEMBER",
        _ => "DECEMBER",
    }
}

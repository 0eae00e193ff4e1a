//! Methods of days with a time: those of `java.time.LocalDateTime`.

use jiff::Span;
use jiff::civil::DateTime;

use super::date::{month, span, weekday};
use crate::fault::Fault;
use crate::machine::Outcome;
use crate::routine::{Call, Routine, routine};
use crate::value::Value;

pub(crate) const METHODS: &[Routine<DateTime>] = &[
    routine("getYear", 0, 0, |time, _| Ok(Value::Integer(time.year().into()))),
    routine("getMonthValue", 0, 0, |time, _| Ok(Value::Integer(time.month().into()))),
    routine("getMonth", 0, 0, |time, _| Ok(Value::text(month(time.month())))),
    routine("getDayOfMonth", 0, 0, |time, _| Ok(Value::Integer(time.day().into()))),
    routine("getDayOfWeek", 0, 0, |time, _| Ok(Value::text(weekday(time.weekday())))),
    routine("getHour", 0, 0, |time, _| Ok(Value::Integer(time.hour().into()))),
    routine("getMinute", 0, 0, |time, _| Ok(Value::Integer(time.minute().into()))),
    routine("getSecond", 0, 0, |time, _| Ok(Value::Integer(time.second().into()))),
    routine("toLocalDate", 0, 0, |time, _| Ok(Value::Date(time.date()))),
    routine("plusDays", 1, 1, |time, call| moved(*time, &span(call, 1, |n| Span::new().try_days(n))?)),
    routine("plusHours", 1, 1, |time, call| moved(*time, &span(call, 1, |n| Span::new().try_hours(n))?)),
    routine("plusMinutes", 1, 1, |time, call| moved(*time, &span(call, 1, |n| Span::new().try_minutes(n))?)),
    routine("plusSeconds", 1, 1, |time, call| moved(*time, &span(call, 1, |n| Span::new().try_seconds(n))?)),
    routine("minusDays", 1, 1, |time, call| moved(*time, &span(call, -1, |n| Span::new().try_days(n))?)),
    routine("minusHours", 1, 1, |time, call| moved(*time, &span(call, -1, |n| Span::new().try_hours(n))?)),
    routine("minusMinutes", 1, 1, |time, call| {
        moved(*time, &span(call, -1, |n| Span::new().try_minutes(n))?)
    }),
    routine("minusSeconds", 1, 1, |time, call| {
        moved(*time, &span(call, -1, |n| Span::new().try_seconds(n))?)
    }),
    routine("isBefore", 1, 1, |time, call| Ok(Value::Boolean(*time < other(call)?))),
    routine("isAfter", 1, 1, |time, call| Ok(Value::Boolean(*time > other(call)?))),
    routine("atZone", 1, 1, |time, call| {
        let Value::Zone(zone) = call.value(0) else {
            return Err(call.wrong(0, "a zone: T(ZoneId).of('UTC')"));
        };
        let zoned = time.to_zoned(zone.clone()).map_err(|_| Fault::Overflow("the date"))?;
        Ok(Value::Zoned(zoned.into()))
    }),
    routine("format", 1, 1, |time, call| super::date_format::written(&Value::DateTime(*time), call)),
];

fn moved(time: DateTime, span: &Span) -> Outcome {
    time.checked_add(*span).map(Value::DateTime).map_err(|_| Fault::Overflow("the date"))
}

fn other(call: &Call<'_, '_>) -> Result<DateTime, Fault> {
    let Value::DateTime(other) = call.value(0) else { return Err(call.wrong(0, "a date and time")) };
    Ok(*other)
}

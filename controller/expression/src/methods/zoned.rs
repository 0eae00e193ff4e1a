//! Methods of days with a time in a zone: those of `java.time.ZonedDateTime`.

use jiff::{Span, Zoned};

use super::date::{span, weekday};
use crate::fault::Fault;
use crate::machine::Outcome;
use crate::routine::{Routine, routine};
use crate::value::Value;

pub(crate) const METHODS: &[Routine<Zoned>] = &[
    routine("getYear", 0, 0, |zoned, _| Ok(Value::Integer(zoned.year().into()))),
    routine("getMonthValue", 0, 0, |zoned, _| Ok(Value::Integer(zoned.month().into()))),
    routine("getDayOfMonth", 0, 0, |zoned, _| Ok(Value::Integer(zoned.day().into()))),
    routine("getDayOfWeek", 0, 0, |zoned, _| Ok(Value::text(weekday(zoned.weekday())))),
    routine("getHour", 0, 0, |zoned, _| Ok(Value::Integer(zoned.hour().into()))),
    routine("getMinute", 0, 0, |zoned, _| Ok(Value::Integer(zoned.minute().into()))),
    routine("toInstant", 0, 0, |zoned, _| Ok(Value::Instant(zoned.timestamp()))),
    routine("toEpochSecond", 0, 0, |zoned, _| Ok(Value::Integer(zoned.timestamp().as_second()))),
    routine("toLocalDate", 0, 0, |zoned, _| Ok(Value::Date(zoned.date()))),
    routine("toLocalDateTime", 0, 0, |zoned, _| Ok(Value::DateTime(zoned.datetime()))),
    routine("plusDays", 1, 1, |zoned, call| moved(zoned, &span(call, 1, |n| Span::new().try_days(n))?)),
    routine("plusHours", 1, 1, |zoned, call| moved(zoned, &span(call, 1, |n| Span::new().try_hours(n))?)),
    routine("minusDays", 1, 1, |zoned, call| moved(zoned, &span(call, -1, |n| Span::new().try_days(n))?)),
    routine("minusHours", 1, 1, |zoned, call| moved(zoned, &span(call, -1, |n| Span::new().try_hours(n))?)),
    routine("format", 1, 1, |zoned, call| {
        super::date_format::written(&Value::Zoned(zoned.clone().into()), call)
    }),
];

fn moved(zoned: &Zoned, span: &Span) -> Outcome {
    let moved = zoned.checked_add(*span).map_err(|_| Fault::Overflow("the date"))?;
    Ok(Value::Zoned(moved.into()))
}

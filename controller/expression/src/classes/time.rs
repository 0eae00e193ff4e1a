//! The classes of `java.time` that make values.

use jiff::civil::{Date, DateTime};
use jiff::tz::TimeZone;
use jiff::{Timestamp, Zoned};

use super::Class;
use crate::fault::Fault;
use crate::functions::unreadable;
use crate::kind::Kind;
use crate::machine::Outcome;
use crate::routine::{Call, routine};
use crate::value::Value;

pub(super) const INSTANT: Class = Class {
    name: "Instant",
    package: "java.time",
    constants: &[("EPOCH", || Value::Instant(Timestamp::UNIX_EPOCH))],
    methods: &[
        routine("now", 0, 0, |(), call| Ok(Value::Instant(call.machine.scope.now()))),
        routine("parse", 1, 1, |(), call| {
            let text = call.text(0)?;
            let read = text.parse().map_err(|_| unreadable(text, "instant of the form 2026-01-02T03:04:05Z"));
            read.map(Value::Instant)
        }),
        routine("ofEpochMilli", 1, 1, |(), call| instant(Timestamp::from_millisecond(call.integer(0)?))),
        routine("ofEpochSecond", 1, 1, |(), call| instant(Timestamp::from_second(call.integer(0)?))),
    ],
    constructor: None,
    kinds: &[Kind::Instant],
};

fn instant(read: Result<Timestamp, jiff::Error>) -> Outcome {
    read.map(Value::Instant).map_err(|_| Fault::Overflow("the date"))
}

pub(super) const LOCAL_DATE: Class = Class {
    name: "LocalDate",
    package: "java.time",
    constants: &[("EPOCH", || Value::Date(Date::constant(1970, 1, 1)))],
    methods: &[
        routine("now", 0, 1, |(), call| Ok(Value::Date(now(call)?.date()))),
        routine("parse", 1, 2, |(), call| {
            let text = call.text(0)?;
            if call.has(1) {
                return Ok(Value::Date(read(text, call)?.date()));
            }
            text.parse().map(Value::Date).map_err(|_| unreadable(text, "date of the form 2026-01-02"))
        }),
        routine("of", 3, 3, |(), call| Ok(Value::Date(date(call)?))),
        routine("ofEpochDay", 1, 1, |(), call| {
            let days = jiff::Span::new().try_days(call.integer(0)?);
            let date = days.and_then(|days| Date::constant(1970, 1, 1).checked_add(days));
            date.map(Value::Date).map_err(|_| Fault::Overflow("the date"))
        }),
    ],
    constructor: None,
    kinds: &[Kind::Date],
};

pub(super) const LOCAL_DATE_TIME: Class = Class {
    name: "LocalDateTime",
    package: "java.time",
    constants: &[],
    methods: &[
        routine("now", 0, 1, |(), call| Ok(Value::DateTime(now(call)?.datetime()))),
        routine("parse", 1, 2, |(), call| {
            let text = call.text(0)?;
            if call.has(1) {
                return Ok(Value::DateTime(read(text, call)?.datetime()));
            }
            let read = text.parse().map_err(|_| unreadable(text, "time of the form 2026-01-02T03:04:05"));
            read.map(Value::DateTime)
        }),
        routine("of", 5, 6, |(), call| {
            let day = date(call)?;
            let second = if call.has(5) { small(call, 5)? } else { 0 };
            let time = DateTime::new(
                day.year(),
                day.month(),
                day.day(),
                small(call, 3)?,
                small(call, 4)?,
                second,
                0,
            );
            time.map(Value::DateTime)
                .map_err(|_| unreadable("the numbers", "time: hours go to 23, minutes to 59"))
        }),
    ],
    constructor: None,
    kinds: &[Kind::DateTime],
};

pub(super) const ZONED_DATE_TIME: Class = Class {
    name: "ZonedDateTime",
    package: "java.time",
    constants: &[],
    methods: &[
        routine("now", 0, 1, |(), call| Ok(Value::Zoned(now(call)?.into()))),
        routine("parse", 1, 1, |(), call| {
            let text = call.text(0)?;
            let wrong = || unreadable(text, "time of the form 2026-01-02T03:04:05+02:00");
            let pieces = jiff::fmt::temporal::Pieces::parse(text).map_err(|_| wrong())?;
            let offset =
                pieces.to_numeric_offset().or_else(|| text.ends_with('Z').then_some(jiff::tz::Offset::UTC));
            let (time, offset) = pieces.time().zip(offset).ok_or_else(wrong)?;
            let zoned = pieces.date().to_datetime(time).to_zoned(TimeZone::fixed(offset));
            Ok(Value::Zoned(zoned.map_err(|_| wrong())?.into()))
        }),
    ],
    constructor: None,
    kinds: &[Kind::Zoned],
};

/// The scope's time, in the zone that is given or in the scope's.
fn now(call: &Call<'_, '_>) -> Result<Zoned, Fault> {
    let scope = call.machine.scope;
    if !call.has(0) {
        return Ok(scope.now().to_zoned(scope.zone().clone()));
    }
    let Value::Zone(zone) = call.value(0) else { return Err(call.wrong(0, "a zone: T(ZoneId).of('UTC')")) };
    Ok(scope.now().to_zoned(zone.clone()))
}

/// A text by the format that is the second argument.
fn read(text: &str, call: &Call<'_, '_>) -> Result<Zoned, Fault> {
    let Value::Format(format) = call.value(1) else { return Err(call.wrong(1, "a format")) };
    format.read(text, call.machine.scope.zone())
}

fn date(call: &Call<'_, '_>) -> Result<Date, Fault> {
    let year = i16::try_from(call.integer(0)?).map_err(|_| Fault::Overflow("the date"))?;
    let date = Date::new(year, small(call, 1)?, small(call, 2)?);
    date.map_err(|_| unreadable("the numbers", "date: months go to 12, days to the end of the month"))
}

fn small(call: &Call<'_, '_>, index: usize) -> Result<i8, Fault> {
    i8::try_from(call.integer(index)?).map_err(|_| Fault::Overflow("the date"))
}

//! `new Date()`, the formats of dates, and zones.

use jiff::Timestamp;
use jiff::tz::{Offset, TimeZone, TimeZoneDatabase};

use super::Class;
use crate::date_format::DateFormat;
use crate::fault::Fault;
use crate::functions::unreadable;
use crate::kind::Kind;
use crate::machine::Outcome;
use crate::routine::{Call, routine};
use crate::value::Value;

pub(super) const DATE: Class = Class {
    name: "Date",
    package: "java.util",
    constants: &[],
    methods: &[],
    constructor: Some(routine("Date", 0, 1, |(), call| {
        if !call.has(0) {
            return Ok(Value::Instant(call.machine.scope.now()));
        }
        let millis = call.integer(0)?;
        let instant = Timestamp::from_millisecond(millis).map_err(|_| Fault::Overflow("the date"))?;
        Ok(Value::Instant(instant))
    })),
    kinds: &[Kind::Instant],
};

pub(super) const SIMPLE_DATE_FORMAT: Class = Class {
    name: "SimpleDateFormat",
    package: "java.text",
    constants: &[],
    methods: &[],
    constructor: Some(routine("SimpleDateFormat", 1, 1, |(), call| format(call.text(0)?))),
    kinds: &[Kind::Format],
};

pub(super) const DATE_TIME_FORMATTER: Class = Class {
    name: "DateTimeFormatter",
    package: "java.time.format",
    constants: &[
        ("ISO_LOCAL_DATE", || constant("yyyy-MM-dd")),
        ("ISO_DATE", || constant("yyyy-MM-dd")),
        ("BASIC_ISO_DATE", || constant("yyyyMMdd")),
        ("ISO_LOCAL_DATE_TIME", || constant("yyyy-MM-dd'T'HH:mm:ss")),
        ("ISO_OFFSET_DATE_TIME", || constant("yyyy-MM-dd'T'HH:mm:ssXXX")),
        ("ISO_LOCAL_TIME", || constant("HH:mm:ss")),
    ],
    methods: &[routine("ofPattern", 1, 1, |(), call| format(call.text(0)?))],
    constructor: None,
    kinds: &[Kind::Format],
};

pub(super) const ZONE_ID: Class = Class {
    name: "ZoneId",
    package: "java.time",
    constants: &[],
    methods: &[
        routine("of", 1, 1, |(), call| zone(call)),
        routine("systemDefault", 0, 0, |(), call| Ok(Value::Zone(call.machine.scope.zone().clone()))),
    ],
    constructor: None,
    kinds: &[Kind::Zone],
};

fn format(pattern: &str) -> Outcome {
    Ok(Value::Format(DateFormat::parse(pattern)?.into()))
}

fn constant(pattern: &str) -> Value {
    // The patterns above are all good; the tests of this crate use each.
    format(pattern).unwrap_or(Value::Null)
}

/// `UTC`, `Europe/Paris`, `+02:00`.
fn zone(call: &Call<'_, '_>) -> Outcome {
    let name = call.text(0)?;
    if matches!(name, "UTC" | "Z" | "GMT") {
        return Ok(Value::Zone(TimeZone::UTC));
    }
    if let Some(offset) = offset(name) {
        return Ok(Value::Zone(TimeZone::fixed(offset)));
    }
    let zone = TimeZoneDatabase::bundled().get(name);
    zone.map(Value::Zone).map_err(|_| unreadable(name, "time zone: it is UTC, +02:00 or Europe/Paris"))
}

/// `+02:00`, `-3`, `+0530`.
fn offset(text: &str) -> Option<Offset> {
    let (sign, digits) = match text.strip_prefix('-') {
        Some(digits) => (-1, digits),
        None => (1, text.strip_prefix('+')?),
    };
    let digits = digits.replace(':', "");
    let number = |part: &str| part.parse::<i32>().ok();
    let seconds = match digits.len() {
        1 | 2 => number(&digits)? * 3_600,
        4 => number(digits.get(..2)?)? * 3_600 + number(digits.get(2..)?)? * 60,
        _ => return None,
    };
    Offset::from_seconds(sign * seconds).ok()
}

//! Methods of date formats.

use crate::date_format::DateFormat;
use crate::machine::Outcome;
use crate::routine::{Call, Routine, routine};
use crate::value::Value;

pub(crate) const METHODS: &[Routine<DateFormat>] = &[
    routine("format", 1, 1, |format, call| {
        let text = format.format(call.value(0), call.machine.scope.zone())?;
        call.machine.text(text)
    }),
    routine("parse", 1, 1, |format, call| {
        let read = format.read(call.text(0)?, call.machine.scope.zone())?;
        Ok(Value::Instant(read.timestamp()))
    }),
    routine("withZone", 1, 1, |format, call| {
        let Value::Zone(zone) = call.value(0) else {
            return Err(call.wrong(0, "a zone: T(ZoneId).of('UTC')"));
        };
        Ok(Value::Format(format.in_zone(zone.clone()).into()))
    }),
    routine("toPattern", 0, 0, |format, _| Ok(Value::text(format.pattern()))),
];

/// `date.format(formatter)`.
pub(super) fn written(date: &Value, call: &mut Call<'_, '_>) -> Outcome {
    let Value::Format(format) = call.value(0) else {
        return Err(call.wrong(0, "a format: T(DateTimeFormatter).ofPattern('yyyy-MM-dd')"));
    };
    let text = format.format(date, call.machine.scope.zone())?;
    call.machine.text(text)
}

//! Methods of instants: those of `java.time.Instant` and of `java.util.Date`.

use jiff::{SignedDuration, Timestamp};

use crate::fault::Fault;
use crate::machine::Outcome;
use crate::routine::{Call, Routine, routine};
use crate::value::Value;

pub(crate) const METHODS: &[Routine<Timestamp>] = &[
    routine("toEpochMilli", 0, 0, |instant, _| Ok(Value::Integer(instant.as_millisecond()))),
    routine("getTime", 0, 0, |instant, _| Ok(Value::Integer(instant.as_millisecond()))),
    routine("getEpochSecond", 0, 0, |instant, _| Ok(Value::Integer(instant.as_second()))),
    routine("getNano", 0, 0, |instant, _| Ok(Value::Integer(instant.subsec_nanosecond().into()))),
    routine("toInstant", 0, 0, |instant, _| Ok(Value::Instant(*instant))),
    routine("plusMillis", 1, 1, |instant, call| moved(*instant, call, 1, SignedDuration::from_millis)),
    routine("plusSeconds", 1, 1, |instant, call| moved(*instant, call, 1, SignedDuration::from_secs)),
    routine("minusMillis", 1, 1, |instant, call| moved(*instant, call, -1, SignedDuration::from_millis)),
    routine("minusSeconds", 1, 1, |instant, call| moved(*instant, call, -1, SignedDuration::from_secs)),
    routine("isBefore", 1, 1, |instant, call| Ok(Value::Boolean(*instant < other(call)?))),
    routine("isAfter", 1, 1, |instant, call| Ok(Value::Boolean(*instant > other(call)?))),
    routine("before", 1, 1, |instant, call| Ok(Value::Boolean(*instant < other(call)?))),
    routine("after", 1, 1, |instant, call| Ok(Value::Boolean(*instant > other(call)?))),
    routine("atZone", 1, 1, |instant, call| {
        let Value::Zone(zone) = call.value(0) else {
            return Err(call.wrong(0, "a zone: T(ZoneId).of('UTC')"));
        };
        Ok(Value::Zoned(instant.to_zoned(zone.clone()).into()))
    }),
];

fn moved(instant: Timestamp, call: &Call<'_, '_>, sign: i64, unit: fn(i64) -> SignedDuration) -> Outcome {
    let by = call.integer(0)?.checked_mul(sign).ok_or(Fault::Overflow("the date"))?;
    let moved = instant.checked_add(unit(by)).map_err(|_| Fault::Overflow("the date"))?;
    Ok(Value::Instant(moved))
}

fn other(call: &Call<'_, '_>) -> Result<Timestamp, Fault> {
    let Value::Instant(other) = call.value(0) else { return Err(call.wrong(0, "an instant")) };
    Ok(*other)
}

//! Numbers, booleans, texts, lists and maps as classes.

use super::Class;
use crate::fault::Fault;
use crate::functions::{to_decimal, to_int, unreadable};
use crate::kind::Kind;
use crate::machine::Outcome;
use crate::render;
use crate::routine::{Call, Routine, routine};
use crate::text_format;
use crate::value::Value;

/// A class that is only there for `instanceof`.
const fn bare(name: &'static str, package: &'static str, kinds: &'static [Kind]) -> Class {
    Class { name, package, constants: &[], methods: &[], constructor: None, kinds }
}

pub(super) const NUMBER: Class = bare("Number", "java.lang", &[Kind::Integer, Kind::Decimal]);
pub(super) const LIST: Class = bare("List", "java.util", &[Kind::List]);
pub(super) const MAP: Class = bare("Map", "java.util", &[Kind::Map]);
pub(super) const COLLECTION: Class = bare("Collection", "java.util", &[Kind::List]);

pub(super) const INTEGER: Class = Class {
    name: "Integer",
    package: "java.lang",
    constants: &[
        ("MAX_VALUE", || Value::Integer(i32::MAX.into())),
        ("MIN_VALUE", || Value::Integer(i32::MIN.into())),
    ],
    methods: &[
        routine("parseInt", 1, 1, |(), call| to_int(call.text(0)?)),
        routine("valueOf", 1, 1, |(), call| {
            let given = call.value(0);
            if matches!(given, Value::Integer(_)) { Ok(given.clone()) } else { to_int(call.text(0)?) }
        }),
        routine("toString", 1, 1, |(), call| call.machine.text(call.integer(0)?.to_string())),
        routine("toHexString", 1, 1, |(), call| call.machine.text(format!("{:x}", call.integer(0)?))),
        routine("toBinaryString", 1, 1, |(), call| call.machine.text(format!("{:b}", call.integer(0)?))),
        routine("max", 2, 2, |(), call| Ok(Value::Integer(call.integer(0)?.max(call.integer(1)?)))),
        routine("min", 2, 2, |(), call| Ok(Value::Integer(call.integer(0)?.min(call.integer(1)?)))),
    ],
    constructor: Some(routine("Integer", 1, 1, |(), call| to_int(call.text(0)?))),
    kinds: &[Kind::Integer],
};

pub(super) const LONG: Class = Class {
    name: "Long",
    package: "java.lang",
    constants: &[("MAX_VALUE", || Value::Integer(i64::MAX)), ("MIN_VALUE", || Value::Integer(i64::MIN))],
    methods: &[
        routine("parseLong", 1, 1, |(), call| long(call)),
        routine("valueOf", 1, 1, |(), call| long(call)),
        routine("toString", 1, 1, |(), call| call.machine.text(call.integer(0)?.to_string())),
    ],
    constructor: Some(routine("Long", 1, 1, |(), call| long(call))),
    kinds: &[Kind::Integer],
};

pub(super) const DOUBLE: Class = Class {
    name: "Double",
    package: "java.lang",
    constants: &[("MAX_VALUE", || Value::Decimal(f64::MAX))],
    methods: DECIMALS,
    constructor: Some(routine("Double", 1, 1, |(), call| decimal(call))),
    kinds: &[Kind::Decimal],
};

pub(super) const FLOAT: Class = Class {
    name: "Float",
    package: "java.lang",
    constants: &[],
    methods: DECIMALS,
    constructor: Some(routine("Float", 1, 1, |(), call| decimal(call))),
    kinds: &[Kind::Decimal],
};

const DECIMALS: &[Routine<()>] = &[
    routine("parseDouble", 1, 1, |(), call| decimal(call)),
    routine("parseFloat", 1, 1, |(), call| decimal(call)),
    routine("valueOf", 1, 1, |(), call| decimal(call)),
    routine("toString", 1, 1, |(), call| {
        let number = call.number(0)?;
        call.machine.text(crate::number::written(number))
    }),
];

pub(super) const BOOLEAN: Class = Class {
    name: "Boolean",
    package: "java.lang",
    constants: &[("TRUE", || Value::Boolean(true)), ("FALSE", || Value::Boolean(false))],
    methods: &[
        routine("parseBoolean", 1, 1, |(), call| {
            Ok(Value::Boolean(call.text(0)?.eq_ignore_ascii_case("true")))
        }),
        routine("valueOf", 1, 1, |(), call| {
            let given = call.value(0);
            if matches!(given, Value::Boolean(_)) {
                return Ok(given.clone());
            }
            Ok(Value::Boolean(call.text(0)?.eq_ignore_ascii_case("true")))
        }),
        routine("toString", 1, 1, |(), call| written(call)),
    ],
    constructor: None,
    kinds: &[Kind::Boolean],
};

pub(super) const STRING: Class = Class {
    name: "String",
    package: "java.lang",
    constants: &[],
    methods: &[
        routine("valueOf", 1, 1, |(), call| written(call)),
        routine("format", 1, usize::MAX, |(), call| {
            let values = call.arguments().get(1..).unwrap_or_default();
            let buffer = text_format::format(call.text(0)?, values, &call.machine.budget)?;
            call.machine.buffered(buffer)
        }),
        routine("join", 1, usize::MAX, |(), call| joined(call)),
    ],
    constructor: Some(routine("String", 0, 2, |(), call| {
        if !call.has(0) {
            return call.machine.text("");
        }
        let Value::Bytes(bytes) = call.value(0) else { return call.machine.text(call.text(0)?) };
        let text = str::from_utf8(bytes).map_err(|_| unreadable("the bytes", "text in UTF-8"))?;
        call.machine.text(text)
    })),
    kinds: &[Kind::Text],
};

fn written(call: &mut Call<'_, '_>) -> Outcome {
    let text = render::text_of(call.value(0), &call.machine.budget)?;
    call.machine.text(text)
}

/// `join(', ', list)` or `join(', ', a, b)`.
fn joined(call: &mut Call<'_, '_>) -> Outcome {
    let separator = call.text(0)?;
    let rest = call.arguments().get(1..).unwrap_or_default();
    let parts = if let [Value::List(list)] = rest { list.items() } else { rest };
    let mut buffer = call.machine.budget.buffer();
    for (index, part) in parts.iter().enumerate() {
        buffer.push(if index > 0 { separator } else { "" })?;
        render::write(part, &mut buffer)?;
    }
    call.machine.buffered(buffer)
}

fn long(call: &Call<'_, '_>) -> Outcome {
    if let Value::Integer(integer) = call.value(0) {
        return Ok(Value::Integer(*integer));
    }
    let text = call.text(0)?;
    text.parse().map(Value::Integer).map_err(|_| unreadable(text, "whole number of 64 bits"))
}

fn decimal(call: &Call<'_, '_>) -> Result<Value, Fault> {
    match crate::number::of(call.value(0)) {
        Some(number) => Ok(Value::Decimal(number)),
        None => to_decimal(call.text(0)?),
    }
}

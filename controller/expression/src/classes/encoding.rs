//! Names, random numbers and the forms that bytes and texts are sent in.

use percent_encoding::percent_decode_str;

use super::Class;
use crate::codec::Codec;
use crate::fault::Fault;
use crate::functions::unreadable;
use crate::routine::routine;
use crate::value::Value;

pub(super) const UUID: Class = Class {
    name: "UUID",
    package: "java.util",
    constants: &[],
    methods: &[
        routine("randomUUID", 0, 0, |(), call| {
            let bits = u128::from(call.machine.draw()) << 64 | u128::from(call.machine.draw());
            let uuid = uuid::Builder::from_random_bytes(bits.to_be_bytes()).into_uuid();
            call.machine.text(uuid.to_string())
        }),
        routine("fromString", 1, 1, |(), call| {
            let text = call.text(0)?;
            let uuid = uuid::Uuid::parse_str(text).map_err(|_| unreadable(text, "UUID"))?;
            call.machine.text(uuid.to_string())
        }),
    ],
    constructor: None,
    kinds: &[],
};

pub(super) const RANDOM: Class = Class {
    name: "Random",
    package: "java.util",
    constants: &[],
    methods: &[],
    // A seed is taken and not used: what is random follows from the scope's.
    constructor: Some(routine("Random", 0, 1, |(), _| Ok(Value::Random))),
    kinds: &[],
};

pub(super) const BASE64: Class = Class {
    name: "Base64",
    package: "java.util",
    constants: &[],
    methods: &[
        routine("getEncoder", 0, 0, |(), _| Ok(codec(false, false))),
        routine("getUrlEncoder", 0, 0, |(), _| Ok(codec(true, false))),
        routine("getDecoder", 0, 0, |(), _| Ok(codec(false, true))),
        routine("getUrlDecoder", 0, 0, |(), _| Ok(codec(true, true))),
    ],
    constructor: None,
    kinds: &[],
};

const fn codec(is_for_addresses: bool, decodes: bool) -> Value {
    Value::Codec(Codec { is_for_addresses, is_padded: true, decodes })
}

pub(super) const URL_ENCODER: Class = Class {
    name: "URLEncoder",
    package: "java.net",
    constants: &[],
    methods: &[routine("encode", 1, 2, |(), call| {
        let text = call.text(0)?;
        charset(call.value(1))?;
        let mut buffer = call.machine.budget.buffer();
        for part in form_urlencoded::byte_serialize(text.as_bytes()) {
            buffer.push(part)?;
        }
        call.machine.buffered(buffer)
    })],
    constructor: None,
    kinds: &[],
};

pub(super) const URL_DECODER: Class = Class {
    name: "URLDecoder",
    package: "java.net",
    constants: &[],
    methods: &[routine("decode", 1, 2, |(), call| {
        let text = call.text(0)?;
        charset(call.value(1))?;
        let blanks = text.replace('+', " ");
        let decoded = percent_decode_str(&blanks).decode_utf8();
        let decoded = decoded.map_err(|_| unreadable(text, "text in UTF-8"))?.into_owned();
        call.machine.text(decoded)
    })],
    constructor: None,
    kinds: &[],
};

/// The name of the encoding, if it is given, is UTF-8: any other would make texts that nobody reads.
fn charset(value: &Value) -> Result<(), Fault> {
    match value.as_text() {
        Some(name) if !name.eq_ignore_ascii_case("UTF-8") => {
            Err(unreadable(name, "encoding that is known: UTF-8 is"))
        }
        Some(_) | None => Ok(()),
    }
}

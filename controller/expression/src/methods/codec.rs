//! Methods of Base64's encoders and decoders.

use crate::codec::Codec;
use crate::fault::Fault;
use crate::functions::unreadable;
use crate::routine::{Call, Routine, routine};
use crate::value::Value;

pub(crate) const METHODS: &[Routine<Codec>] = &[
    routine("encodeToString", 1, 1, |codec, call| {
        let bytes = bytes(*codec, call, false)?;
        call.machine.budget.make(bytes.len() / 3 * 4)?;
        let text = codec.encode(bytes);
        call.machine.text(text)
    }),
    routine("encode", 1, 1, |codec, call| {
        let bytes = bytes(*codec, call, false)?;
        call.machine.budget.make(bytes.len() / 3 * 4)?;
        Ok(Value::Bytes(codec.encode(bytes).into_bytes().into()))
    }),
    routine("decode", 1, 1, |codec, call| {
        let given = bytes(*codec, call, true)?;
        call.machine.budget.make(given.len())?;
        let text = str::from_utf8(given).unwrap_or_default();
        let decoded = codec.decode(text).ok_or_else(|| unreadable(text, "Base64"))?;
        Ok(Value::Bytes(decoded.into()))
    }),
    routine("withoutPadding", 0, 0, |codec, _| Ok(Value::Codec(Codec { is_padded: false, ..*codec }))),
];

/// The argument as bytes, if this codec is one of that direction.
fn bytes<'c>(codec: Codec, call: &Call<'c, '_>, decodes: bool) -> Result<&'c [u8], Fault> {
    if codec.decodes != decodes {
        let name = if decodes { "decode (take getDecoder())" } else { "encode (take getEncoder())" };
        return Err(Fault::Method {
            kind: crate::kind::Kind::Codec,
            name: name.to_owned(),
            hint: String::new(),
        });
    }
    if let Value::Bytes(bytes) = call.value(0) {
        return Ok(bytes);
    }
    call.value(0).as_text().map(str::as_bytes).ok_or_else(|| call.wrong(0, "bytes: 'text'.getBytes()"))
}

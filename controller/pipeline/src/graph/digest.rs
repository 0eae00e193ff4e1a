//! What tells one definition from another.

use serde::Serialize;
use siphasher::sip128::SipHasher;

use crate::definition::Pipeline;
use crate::problem::Problem;

/// 128 bits over the definition as JSON, in hexadecimal. It finds mistakes, not forgers: it needs no secret.
///
/// # Errors
/// Work that cannot be written as JSON.
pub(super) fn of<W: Serialize>(pipeline: &Pipeline<W>) -> Result<String, Problem> {
    let text = serde_json::to_vec(pipeline).map_err(|error| {
        Problem::new("stages", "the definition cannot be written as JSON", error.to_string())
    })?;
    Ok(format!("{:032x}", SipHasher::new().hash(&text).as_u128()))
}

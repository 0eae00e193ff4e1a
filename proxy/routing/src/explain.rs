//! The decision for a request, for people: every route that could take it, and what would decide.

use serde::Serialize;

use crate::head::Head;
use crate::table::Table;

/// Why a request goes where it goes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Explanation {}

/// Explains one request.
#[must_use]
pub fn explain(table: &Table, head: &Head<'_>) -> Explanation {
    let _ = (table, head);
    Explanation {}
}

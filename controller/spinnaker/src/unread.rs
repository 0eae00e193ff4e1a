//! Fields that nobody has looked at: none is dropped without a word.

use serde_json::Value;

use crate::part::{self, Part};
use crate::report::Report;

/// Tells of every value of which nothing is said yet.
pub(crate) fn tell(document: &Part<'_>, report: &mut Report) {
    let mut leaves = Vec::new();
    for (key, value) in document.fields {
        part::leaves(&document.at(key), value, &mut leaves);
    }
    let told = report.index();
    let unread: Vec<(String, &Value)> =
        leaves.into_iter().filter(|(place, _)| told.of(place).is_empty()).collect();
    for (place, value) in unread {
        if part::is_empty(value) {
            report.needless(place, "it is empty");
        } else {
            report
                .by_hand(place, "the import does not know this field: where it matters, write what it does");
        }
    }
    if document.fields.is_empty() {
        report.needless(document.place.clone(), "it is empty");
    }
}

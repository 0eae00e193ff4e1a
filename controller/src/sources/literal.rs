//! A text as a literal of a query language: what stands in it ends nothing.

/// In single quotes, with a backslash before what would end it.
pub(super) fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\\', "\\\\").replace('\'', "\\'"))
}

#[cfg(test)]
mod tests {
    #[test]
    fn a_quote_ends_nothing() {
        assert_eq!(super::quoted("api"), "'api'");
        assert_eq!(super::quoted(r"a' OR 'b\"), r"'a\' OR \'b\\'");
    }
}

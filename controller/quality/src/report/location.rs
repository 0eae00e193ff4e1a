//! Where a test stands, found in what its runner says.

use std::fmt;
use std::sync::LazyLock;

use regex::Regex;
use serde::Serialize;

/// A place in the code of a test.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Location {
    /// The file, as the runner writes it.
    pub file: String,
    /// Line, from 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub line: Option<u64>,
}

impl Location {
    /// The first place in a text that is in no library: `at Test.<anonymous> (/app/a.test.js:4:36)`, `shop_test.go:12: ...`,
    /// `at shop.BasketTest.adds(BasketTest.java:31)`, `File "test_shop.py", line 7`.
    pub(crate) fn find(text: &str) -> Option<Self> {
        let pattern = PATTERN.as_ref()?;
        let all = text.lines().filter(|line| !LIBRARIES.iter().any(|library| line.contains(library)));
        let found = all.into_iter().find_map(|line| pattern.captures(line))?;
        let file = found.name("file")?.as_str().to_owned();
        let line = found.name("line").or_else(|| found.name("python"))?.as_str().parse().ok()?;
        Some(Self { file, line: Some(line) })
    }
}

impl fmt::Display for Location {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { file, line } = self;
        f.write_str(file)?;
        line.map_or(Ok(()), |line| write!(f, ":{line}"))
    }
}

/// What stands in the lines of a stack trace that are not the user's own.
const LIBRARIES: [&str; 6] =
    ["node_modules", "node:", "site-packages", "org.junit.", "java.base/", "jdk.internal."];

/// `None` never happens, which a test holds: a constant pattern compiles or not.
static PATTERN: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(r#"(?:file://)?(?P<file>[\w./\\@+-]*[\w-]\.[A-Za-z]\w{0,4})(?::(?P<line>[0-9]{1,9})\b|", line (?P<python>[0-9]{1,9}))"#)
        .ok()
});

#[cfg(test)]
mod tests {
    use super::Location;

    #[test]
    fn the_first_place_that_is_the_users_own_is_found() {
        for (text, expected) in [
            ("    at TestContext.<anonymous> (/app/a.test.js:4:36)", Some("/app/a.test.js:4")),
            (
                "Error: x\n    at node:internal/a.js:3:1\n    at f (/app/node_modules/b.js:1:2)\n    at /app/c.ts:9:1",
                Some("/app/c.ts:9"),
            ),
            ("at shop.BasketTest.adds(BasketTest.java:31)", Some("BasketTest.java:31")),
            ("    shop_test.go:12: expected 3", Some("shop_test.go:12")),
            ("  File \"tests/test_shop.py\", line 7, in test_adds", Some("tests/test_shop.py:7")),
            ("at file:///app/m.mjs:5:1", Some("/app/m.mjs:5")),
            ("thrown at 12:30:15 by host 10.0.0.1:80", None),
            ("", None),
        ] {
            assert_eq!(Location::find(text).map(|at| at.to_string()).as_deref(), expected, "{text}");
        }
    }
}

//! Ranges of versions, by the precedence of Semantic Versioning 2.0.0.
//!
//! Cargo's own matching leaves pre-releases out of a range unless it names one; for flags a beta of 2.2.0 is after 2.1.0, as in flagd and
//! LaunchDarkly. So the range is read by the crate semver, and compared here.

use std::cmp::Ordering;

use semver::{Comparator, Op, Prerelease, Version, VersionReq};

/// A range: all bounds hold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Range(Vec<Bound>);

#[derive(Clone, Debug, PartialEq, Eq)]
struct Bound {
    op: Compare,
    version: Version,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Compare {
    Equal,
    Greater,
    AtLeast,
    Less,
    AtMost,
}

impl Range {
    /// Reads a range; what is wrong with it otherwise.
    pub(crate) fn new(text: &str) -> Result<Self, String> {
        // Without an operator Cargo reads `^`, and whoever writes a version alone may mean that one only.
        if text.split(',').any(|part| part.trim_start().starts_with(|c: char| c.is_ascii_digit())) {
            return Err(format!("{text:?} does not say how to compare"));
        }
        let range =
            VersionReq::parse(text).map_err(|error| format!("{text:?} is no range of versions: {error}"))?;
        let mut bounds = Vec::with_capacity(range.comparators.len());
        for comparator in &range.comparators {
            bounds.extend(
                bounds_of(comparator)
                    .ok_or_else(|| format!("{text:?} has a version without three numbers"))?,
            );
        }
        if bounds.is_empty() {
            return Err(format!("{text:?} says nothing"));
        }
        Ok(Self(bounds))
    }

    /// Whether a version is in it; `None` for what is no version.
    pub(crate) fn contains(&self, text: &str) -> Option<bool> {
        let version = read(text)?;
        Some(self.0.iter().all(|bound| bound.holds(&version)))
    }
}

impl Bound {
    fn holds(&self, version: &Version) -> bool {
        let order = version.cmp_precedence(&self.version);
        match self.op {
            Compare::Equal => order == Ordering::Equal,
            Compare::Greater => order == Ordering::Greater,
            Compare::AtLeast => order != Ordering::Less,
            Compare::Less => order == Ordering::Less,
            Compare::AtMost => order != Ordering::Greater,
        }
    }
}

fn bounds_of(comparator: &Comparator) -> Option<Vec<Bound>> {
    let (major, minor, patch) = (comparator.major, comparator.minor?, comparator.patch?);
    let version = Version { pre: comparator.pre.clone(), ..Version::new(major, minor, patch) };
    let one = |op| Some(vec![Bound { op, version: version.clone() }]);
    let below = |major, minor, patch| {
        // Before the first pre-release of that version.
        let version = Version { pre: Prerelease::new("0").ok()?, ..Version::new(major, minor, patch) };
        Some(Bound { op: Compare::Less, version })
    };
    let until = match comparator.op {
        Op::Exact => return one(Compare::Equal),
        Op::Greater => return one(Compare::Greater),
        Op::GreaterEq => return one(Compare::AtLeast),
        Op::Less => return one(Compare::Less),
        Op::LessEq => return one(Compare::AtMost),
        Op::Tilde => below(major, minor.checked_add(1)?, 0)?,
        Op::Caret if major > 0 => below(major.checked_add(1)?, 0, 0)?,
        Op::Caret if minor > 0 => below(0, minor.checked_add(1)?, 0)?,
        Op::Caret => below(0, 0, patch.checked_add(1)?)?,
        // A wildcard has no three numbers; `Op` may grow, and what is not known is not compared.
        Op::Wildcard | _ => return None,
    };
    Some(vec![Bound { op: Compare::AtLeast, version }, until])
}

/// A version as programs give it: with a `v` before it, or with one or two numbers.
fn read(text: &str) -> Option<Version> {
    let text = text.trim();
    let text = text.strip_prefix(['v', 'V']).unwrap_or(text);
    Version::parse(text).ok().or_else(|| {
        let mut numbers = text.split('.').map(number);
        let (major, minor) = (numbers.next()??, numbers.next().unwrap_or(Some(0))?);
        numbers.next().is_none().then(|| Version::new(major, minor, 0))
    })
}

fn number(text: &str) -> Option<u64> {
    text.bytes().all(|byte| byte.is_ascii_digit()).then(|| text.parse().ok())?
}

#[cfg(test)]
mod tests {
    use super::Range;

    #[test]
    fn versions_are_compared_by_precedence() {
        for (range, inside, outside) in [
            (
                ">=2.1.0",
                &["2.1.0", "v2.1.0", "2.1", "3", "2.2.0-beta.1", "2.1.0+build"][..],
                &["2.1.0-rc.1", "2.0.9"][..],
            ),
            (">2.1.0", &["2.1.1", "2.1.1-0"], &["2.1.0", "2.1.0+9"]),
            ("<2.1.0", &["2.1.0-rc.1", "1"], &["2.1.0"]),
            ("<=2.1.0", &["2.1.0"], &["2.1.1-0"]),
            ("=2.1.0", &["2.1.0", "2.1.0+a"], &["2.1.0-a", "2.1.1"]),
            (">=2.1.0, <3.0.0", &["2.9.9", "3.0.0-beta"], &["3.0.0"]),
            ("^2.1.0", &["2.1.0", "2.9.0-x"], &["3.0.0-beta", "2.0.0"]),
            ("^0.2.1", &["0.2.9"], &["0.3.0", "0.2.0"]),
            ("^0.0.3", &["0.0.3"], &["0.0.4-a", "0.0.4"]),
            ("~2.1.0", &["2.1.9"], &["2.2.0-a", "2.2.0"]),
        ] {
            let read = Range::new(range).unwrap();
            for version in inside {
                assert_eq!(read.contains(version), Some(true), "{version} in {range}");
            }
            for version in outside {
                assert_eq!(read.contains(version), Some(false), "{version} in {range}");
            }
            for text in ["", "x", "1.2.3.4", "1..2", "-1", "1.2.", "99999999999999999999"] {
                assert_eq!(read.contains(text), None, "{text}");
            }
        }
    }

    #[test]
    fn what_is_no_range_is_refused() {
        for text in [
            "",
            "*",
            "2.1.0",
            ">=2.1",
            "^2",
            "=2.*",
            ">=a",
            "2.1.0 - 3.0.0",
            ">=1.0.0, 2.0.0",
            ",",
            "^18446744073709551615.0.0",
        ] {
            assert!(Range::new(text).is_err(), "{text:?}");
        }
    }
}

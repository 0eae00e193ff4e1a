//! Globs over names of branches, tags and files: `*` does not cross `/`, `**` does, `{a,b}`, `[a-z]`, `?`.
//!
//! Matched by automata, so that no name, whoever chose it, takes more time than its length.

use globset::{GlobBuilder, GlobSet, GlobSetBuilder};

use crate::problem::Problem;

/// Longest glob, in bytes; what it is compiled to is a multiple of it.
const MOST_BYTES: usize = 1_024;

/// None: anything matches. Otherwise one of them has to.
#[derive(Clone, Debug)]
pub(crate) struct Globs(Option<GlobSet>);

impl Globs {
    /// Compiles them; `path` is where the list stands.
    pub(crate) fn new(globs: &[String], path: &str) -> Result<Self, Vec<Problem>> {
        let mut builder = GlobSetBuilder::new();
        let mut problems = Vec::new();
        for (index, text) in globs.iter().enumerate() {
            let at = format!("{path}[{index}]");
            if text.is_empty() || text.len() > MOST_BYTES {
                let what = if text.is_empty() {
                    "is empty".to_owned()
                } else {
                    format!("is longer than {MOST_BYTES} bytes")
                };
                problems.push(Problem::new(at, what, "give a glob such as `main` or `release/*`"));
                continue;
            }
            match GlobBuilder::new(text).literal_separator(true).backslash_escape(true).build() {
                Ok(glob) => {
                    builder.add(glob);
                }
                Err(error) => {
                    problems.push(Problem::new(at, format!("{text:?} is no glob"), error.kind().to_string()));
                }
            }
        }
        if !problems.is_empty() {
            return Err(problems);
        }
        if globs.is_empty() {
            return Ok(Self(None));
        }
        let built = builder.build().map_err(|error| {
            vec![Problem::new(
                path,
                format!("cannot be compiled together: {error}"),
                "give fewer or shorter globs",
            )]
        })?;
        Ok(Self(Some(built)))
    }

    /// Whether there is none, so that anything matches.
    pub(crate) const fn is_any(&self) -> bool {
        self.0.is_none()
    }

    pub(crate) fn has(&self, name: &str) -> bool {
        self.0.as_ref().is_none_or(|globs| globs.is_match(name))
    }
}

#[cfg(test)]
mod tests {
    use super::Globs;

    #[test]
    fn a_star_stays_in_its_folder_and_two_cross_it() {
        for (glob, matches, others) in [
            ("main", &["main"][..], &["main2", "a/main", "Main"][..]),
            ("release/*", &["release/1"], &["release/1/x", "release", "prerelease/1"]),
            ("api/**", &["api/a", "api/a/b"], &["api", "web/api/a"]),
            ("**/*.rs", &["a.rs", "a/b.rs"], &["a.rs/b"]),
            ("v[0-9]*", &["v1", "v1.2"], &["va", "v"]),
            ("{dev,test}", &["dev", "test"], &["devtest"]),
        ] {
            let globs = Globs::new(&[glob.to_owned()], "x").unwrap();
            for name in matches {
                assert!(globs.has(name), "{glob} {name}");
            }
            for name in others {
                assert!(!globs.has(name), "{glob} {name}");
            }
        }
        assert!(Globs::new(&[], "x").unwrap().has("anything"));
    }

    #[test]
    fn what_is_no_glob_is_named_with_its_place() {
        let bad: Vec<String> = ["ok", "[a", "", "{a", &"x".repeat(2_000)].map(str::to_owned).to_vec();
        let problems = Globs::new(&bad, "github.branches").unwrap_err();
        let paths: Vec<&str> = problems.iter().map(|problem| problem.path.as_str()).collect();
        assert_eq!(
            paths,
            ["github.branches[1]", "github.branches[2]", "github.branches[3]", "github.branches[4]"]
        );
        assert_eq!(problems[0].what, "\"[a\" is no glob");
    }
}

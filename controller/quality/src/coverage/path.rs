//! One name for one file, however a tool writes its path.

/// Where the user's files are, so that `/build/src/a.js` and `src/a.js` are the same file.
#[derive(Clone, Copy, Debug, Default)]
pub struct Root<'a>(Option<&'a str>);

impl<'a> Root<'a> {
    /// Paths below this directory are written from there.
    #[must_use]
    pub const fn new(directory: &'a str) -> Self {
        Self(Some(directory))
    }

    /// The path from the root: with slashes, without `.`, and without `..` where it can be resolved.
    pub(super) fn relative(&self, path: &str) -> String {
        let path = plain(path);
        let root = self.0.map(plain).filter(|root| !root.is_empty());
        let below = root.and_then(|root| path.strip_prefix(&root)?.strip_prefix('/').map(str::to_owned));
        below.unwrap_or(path)
    }

    /// A path that is written from another directory, which a report names.
    pub(super) fn relative_to(&self, directory: Option<&str>, path: &str) -> String {
        let below = directory.map(|directory| self.relative(&format!("{directory}/{path}")));
        let is_below = |below: &String| !is_absolute(below);
        below.filter(is_below).filter(|_| !is_absolute(path)).unwrap_or_else(|| self.relative(path))
    }
}

fn is_absolute(path: &str) -> bool {
    let mut chars = path.chars();
    path.starts_with(['/', '\\'])
        || (chars.next().is_some_and(char::is_alphabetic) && chars.next() == Some(':'))
}

fn plain(path: &str) -> String {
    let path = path.trim().replace('\\', "/");
    let mut parts: Vec<&str> = Vec::new();
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." if parts.last().is_some_and(|last| *last != "..") => drop(parts.pop()),
            part => parts.push(part),
        }
    }
    let joined = parts.join("/");
    if path.starts_with('/') { format!("/{joined}") } else { joined }
}

#[cfg(test)]
mod tests {
    use super::Root;

    #[test]
    fn one_file_has_one_name() {
        let root = Root::new("/build/shop/");
        for (path, expected) in [
            ("src/a.js", "src/a.js"),
            ("./src/a.js", "src/a.js"),
            ("/build/shop/src/a.js", "src/a.js"),
            ("/build/shop2/src/a.js", "/build/shop2/src/a.js"),
            ("src\\b\\..\\a.js", "src/a.js"),
            ("../a.js", "../a.js"),
        ] {
            assert_eq!(root.relative(path), expected, "{path}");
        }
        assert_eq!(root.relative_to(Some("/build/shop/src"), "a.js"), "src/a.js");
        assert_eq!(root.relative_to(Some("/elsewhere"), "a.js"), "a.js");
        assert_eq!(root.relative_to(None, "a.js"), "a.js");
        assert_eq!(Root::default().relative("/build/a.js"), "/build/a.js");
    }
}

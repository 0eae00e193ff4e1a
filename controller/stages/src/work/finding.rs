//! What the types do not say: a field that is well formed and makes no sense.

use weir_pipeline::Problem;

/// Something that makes no sense.
#[derive(Clone, Debug)]
pub(super) struct Finding {
    /// Which field, under the stage's key: `services[0].ready`. Empty: all of it.
    pub(super) field: String,
    /// Keys in it that it is about; none: all of it. Where one of them is an expression, nothing can be said yet.
    pub(super) about: &'static [&'static str],
    /// Whether it holds even where there is an expression.
    pub(super) is_certain: bool,
    what: String,
    mend: String,
}

impl Finding {
    pub(super) fn new(field: impl Into<String>, what: impl Into<String>, mend: impl Into<String>) -> Self {
        Self { field: field.into(), about: &[], is_certain: false, what: what.into(), mend: mend.into() }
    }

    pub(super) const fn about(mut self, keys: &'static [&'static str]) -> Self {
        self.about = keys;
        self
    }

    pub(super) const fn certain(mut self) -> Self {
        self.is_certain = true;
        self
    }

    /// As a problem of the field at `path`.
    pub(super) fn at(self, path: String) -> Problem {
        Problem::new(path, self.what, self.mend)
    }
}

//! How much an expression may cost, and what says that it would cost more.

/// The most that the evaluation of one text, or of one document with all its texts, may take.
///
/// A value is as large as its texts are long, and 32 bytes for each value in it; what an expression makes is counted whether it is
/// kept or not.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Longest expression, bytes. Default 65,536.
    pub source_bytes: usize,
    /// Deepest nesting of brackets and conditions in an expression. Default 48.
    pub nesting: usize,
    /// Steps: one for each operator, name and call, and more for work that grows with a value. Default 1,000,000.
    pub steps: u64,
    /// Largest single value that is made, bytes. Default 1 MiB, which is more than Kubernetes takes of an object's field.
    pub value_bytes: usize,
    /// All values together that are made, bytes. Default 16 MiB.
    pub total_bytes: usize,
    /// Longest regular expression, bytes. Default 1,024.
    pub pattern_bytes: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            source_bytes: 65_536,
            nesting: 48,
            steps: 1_000_000,
            value_bytes: 1 << 20,
            total_bytes: 16 << 20,
            pattern_bytes: 1_024,
        }
    }
}

/// Deepest nesting of lists and maps in a value: what readers of JSON take.
pub(crate) const MOST_VALUE_NESTING: usize = 100;

/// A limit that an evaluation would have passed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Exceeded {
    /// The expression's own length.
    #[error("the expression is longer than {0} bytes: compute a part of it in a stage before this one")]
    Source(usize),
    /// Brackets in brackets.
    #[error(
        "the expression is nested deeper than {0} levels: compute a part of it in a stage before this one"
    )]
    Nesting(usize),
    /// Too much work.
    #[error(
        "the evaluation takes more than {0} steps: look at fewer elements, or do it in a stage of its own"
    )]
    Steps(u64),
    /// A text, list or map that is too large.
    #[error("it would make a value of more than {0} bytes")]
    Value(usize),
    /// All values together.
    #[error("it would make values of more than {0} bytes together")]
    Total(usize),
    /// Lists in lists.
    #[error("it would make a value that is nested deeper than {0} levels")]
    ValueNesting(usize),
    /// A regular expression that is too long.
    #[error("the regular expression is longer than {0} bytes")]
    Pattern(usize),
    /// A regular expression that is short and stands for a large machine, such as `(a{99}){99}`.
    #[error("the regular expression repeats so much that it needs more than {0} bytes")]
    PatternMachine(usize),
}

//! The signs of the language.

/// A sign of one or two characters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Symbol {
    Plus,
    Minus,
    Star,
    Slash,
    Percent,
    Caret,
    Equal,
    NotEqual,
    Less,
    LessEqual,
    Greater,
    GreaterEqual,
    And,
    Or,
    Not,
    Question,
    Colon,
    Elvis,
    Dot,
    SafeDot,
    Comma,
    OpenRound,
    CloseRound,
    OpenSquare,
    CloseSquare,
    OpenCurly,
    CloseCurly,
    Select,
    SelectFirst,
    SelectLast,
    Project,
    Hash,
    Assign,
    Increment,
    At,
}

/// Every sign, the longer ones first, since `?` begins `?.` too.
const SIGNS: [(&str, Symbol); 37] = [
    ("==", Symbol::Equal),
    ("!=", Symbol::NotEqual),
    ("<=", Symbol::LessEqual),
    (">=", Symbol::GreaterEqual),
    ("&&", Symbol::And),
    ("||", Symbol::Or),
    ("?:", Symbol::Elvis),
    ("?.", Symbol::SafeDot),
    ("?[", Symbol::Select),
    ("^[", Symbol::SelectFirst),
    ("$[", Symbol::SelectLast),
    ("![", Symbol::Project),
    ("++", Symbol::Increment),
    ("--", Symbol::Increment),
    ("+", Symbol::Plus),
    ("-", Symbol::Minus),
    ("*", Symbol::Star),
    ("/", Symbol::Slash),
    ("%", Symbol::Percent),
    ("^", Symbol::Caret),
    ("<", Symbol::Less),
    (">", Symbol::Greater),
    ("!", Symbol::Not),
    ("?", Symbol::Question),
    (":", Symbol::Colon),
    (".", Symbol::Dot),
    (",", Symbol::Comma),
    ("(", Symbol::OpenRound),
    (")", Symbol::CloseRound),
    ("[", Symbol::OpenSquare),
    ("]", Symbol::CloseSquare),
    ("{", Symbol::OpenCurly),
    ("}", Symbol::CloseCurly),
    ("#", Symbol::Hash),
    ("=", Symbol::Assign),
    ("@", Symbol::At),
    ("&", Symbol::At),
];

impl Symbol {
    /// The sign that `rest` begins with, and its length in bytes.
    pub(crate) fn at(rest: &str) -> Option<(Self, usize)> {
        SIGNS.iter().find(|(sign, _)| rest.starts_with(sign)).map(|(sign, symbol)| (*symbol, sign.len()))
    }
}

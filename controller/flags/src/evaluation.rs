//! What somebody gets, and why.

use serde_json::Value;

use crate::compile::OURS;
use crate::flag::{Flag, Variant};

/// OpenFeature's reasons, as far as they come up here.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Reason {
    /// The flag has no rules: everybody gets this.
    Static,
    /// A rule gives it.
    TargetingMatch,
    /// A rule divides users, and this is what the user's part gets.
    Split,
    /// The flag is disabled.
    Disabled,
    /// It has rules, and none said anything; or it follows a Canary that is not there.
    Default,
}

impl Reason {
    /// OpenFeature's word.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Static => "STATIC",
            Self::TargetingMatch => "TARGETING_MATCH",
            Self::Split => "SPLIT",
            Self::Disabled => "DISABLED",
            Self::Default => "DEFAULT",
        }
    }

    /// The protocol's word: it has fewer than OpenFeature, and `DEFAULT` is not among them. `STATIC` would allow programs to keep what another
    /// context changes.
    #[must_use]
    pub const fn on_the_wire(self) -> &'static str {
        match self {
            Self::Default => "UNKNOWN",
            Self::Static | Self::TargetingMatch | Self::Split | Self::Disabled => self.as_str(),
        }
    }
}

/// What somebody gets of a flag, and why.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Evaluation<'f> {
    pub(crate) flag: &'f Flag,
    /// The variant; without one the program takes its own default.
    pub variant: Option<&'f Variant>,
    /// Why.
    pub reason: Reason,
    /// The rule that said so.
    pub rule: Option<&'f str>,
    /// The Canary that was followed, `namespace/name`.
    pub canary: Option<&'f str>,
    /// Something that whoever runs this should know.
    pub note: Option<&'static str>,
}

impl<'f> Evaluation<'f> {
    /// The value, where there is one.
    #[must_use]
    pub fn value(&self) -> Option<&'f Value> {
        self.variant.map(|variant| &variant.value)
    }

    /// What is told beside the value: the flag's own metadata, then what was decided. No weight is among it: it would make every answer another one
    /// with every step of a release, although the user's value is the same.
    pub fn metadata(&self) -> impl Iterator<Item = (&'f str, Told<'f>)> {
        let own = self.flag.metadata.iter().map(|(name, value)| (name.as_str(), Told::Value(value)));
        let reason = (self.reason.as_str() != self.reason.on_the_wire()).then(|| self.reason.as_str());
        let decided = [(REASON, reason), (RULE, self.rule), (CANARY, self.canary), (NOTE, self.note)];
        own.chain(decided.into_iter().filter_map(|(name, text)| Some((name, Told::Text(text?)))))
    }
}

/// One piece of metadata.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Told<'f> {
    /// The flag's own.
    Value(&'f Value),
    /// Ours.
    Text(&'f str),
}

const REASON: &str = "weir.reason";
const RULE: &str = "weir.rule";
const CANARY: &str = "weir.canary";
const NOTE: &str = "weir.note";

const _: () = assert!(OURS.len() == 5, "the names above begin with it");

//! What expressions can see: the stage's own fields, what stages before it handed on, the trigger and the run.

use std::fmt;

use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde_json::{Map as Object, Value as Json};

use crate::address::Reach;
use crate::json;
use crate::outside::{Nobody, Outside};
use crate::stage::{Stage, StageFacts};
use crate::value::{Map, Pairs};

/// What becomes of something that is not there.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Strictness {
    /// It is an error that names it: a mistyped name stops the stage, and is not deployed.
    #[default]
    Strict,
    /// It is null, and a text that has no value stays as it is written, as in Spinnaker. For pipelines that were written for that.
    Lenient,
}

/// Everything that expressions of one stage can see. Made once for a stage, used for all its texts.
pub struct Scope<'o> {
    root: Map,
    stages: Vec<Stage>,
    current: Option<String>,
    user: Option<String>,
    now: Timestamp,
    zone: TimeZone,
    seed: u64,
    strictness: Strictness,
    reach: Reach,
    outside: &'o dyn Outside,
}

impl Scope<'_> {
    /// An empty one. `seed` decides what is random: give every stage of every run its own, or they draw the same.
    #[must_use]
    pub fn new(now: Timestamp, seed: u64) -> Self {
        Self {
            root: Map::given(Pairs::new()),
            stages: Vec::new(),
            current: None,
            user: None,
            now,
            zone: TimeZone::UTC,
            seed,
            strictness: Strictness::default(),
            reach: Reach::default(),
            outside: &Nobody,
        }
    }
}

impl<'o> Scope<'o> {
    /// Names and their values. One that is there already is replaced, so what stages before handed on comes first, then the stage's own
    /// fields, then `trigger` and the other names of the run.
    #[must_use]
    pub fn with_all(mut self, values: &Object<String, Json>) -> Self {
        self.extend(json::map_of(values).entries().clone());
        self
    }

    /// One name: `trigger`, `parameters`, `execution`, `templateVariables`.
    #[must_use]
    pub fn with(mut self, name: &str, value: &Json) -> Self {
        self.extend(Pairs::from([(name.into(), json::value_of(value))]));
        self
    }

    /// `scmInfo`: of the commits that were built, the first whose branch is neither master nor develop, or the first one.
    #[must_use]
    pub fn with_commits(self, commits: &[Json]) -> Self {
        let is_main = |commit: &&Json| {
            matches!(commit.get("branch").and_then(Json::as_str), Some("master" | "develop"))
        };
        let chosen = commits.iter().find(|commit| !is_main(commit)).or_else(|| commits.first());
        match chosen {
            Some(commit) => self.with("scmInfo", commit),
            None => self,
        }
    }

    /// The stages of the run, in the order of the pipeline, for `#stage(..)`.
    #[must_use]
    pub fn with_stages(mut self, stages: impl IntoIterator<Item = StageFacts>) -> Self {
        self.stages = stages.into_iter().map(Stage::new).collect();
        self
    }

    /// Which of the stages is the one that is evaluated, by its id.
    #[must_use]
    pub fn at_stage(mut self, id: &str) -> Self {
        self.current = Some(id.to_owned());
        self
    }

    /// Who started the run.
    #[must_use]
    pub fn for_user(mut self, user: &str) -> Self {
        self.user = Some(user.to_owned());
        self
    }

    /// The zone that dates are in. Default UTC.
    #[must_use]
    pub fn in_zone(mut self, zone: TimeZone) -> Self {
        self.zone = zone;
        self
    }

    /// What becomes of something that is not there. Default: an error.
    #[must_use]
    pub const fn with_strictness(mut self, strictness: Strictness) -> Self {
        self.strictness = strictness;
        self
    }

    /// Hosts inside that may be asked. Default: none.
    #[must_use]
    pub fn with_reach(mut self, reach: Reach) -> Self {
        self.reach = reach;
        self
    }

    /// Who answers what is not in the scope. Default: nobody.
    #[must_use]
    pub fn with_outside<'n>(self, outside: &'n dyn Outside) -> Scope<'n>
    where
        'o: 'n,
    {
        Scope { outside, ..self }
    }

    fn extend(&mut self, pairs: Pairs) {
        let mut all = self.root.entries().clone();
        all.extend(pairs);
        self.root = Map::given(all);
    }

    pub(crate) const fn root(&self) -> &Map {
        &self.root
    }

    pub(crate) fn stages(&self) -> &[Stage] {
        &self.stages
    }

    pub(crate) fn current_stage(&self) -> Option<&Stage> {
        let id = self.current.as_deref()?;
        self.stages.iter().find(|stage| stage.id() == id)
    }

    pub(crate) fn user(&self) -> &str {
        self.user.as_deref().unwrap_or("anonymous")
    }

    pub(crate) const fn now(&self) -> Timestamp {
        self.now
    }

    pub(crate) const fn zone(&self) -> &TimeZone {
        &self.zone
    }

    pub(crate) const fn seed(&self) -> u64 {
        self.seed
    }

    pub(crate) const fn strictness(&self) -> Strictness {
        self.strictness
    }

    pub(crate) const fn reach(&self) -> &Reach {
        &self.reach
    }

    pub(crate) const fn outside(&self) -> &dyn Outside {
        self.outside
    }
}

impl fmt::Debug for Scope<'_> {
    /// Names only: values may be secrets.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<&str> = self.root.keys().collect();
        f.debug_struct("Scope")
            .field("names", &names)
            .field("strictness", &self.strictness)
            .finish_non_exhaustive()
    }
}

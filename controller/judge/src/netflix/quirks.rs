//! Which of upstream's surprises are kept.

use serde_json::Value;

use super::options::OptionError;

/// One switch for each: `true` is upstream's way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is a switch of its own, and their names are the config's"
)]
pub struct Quirks {
    /// Bounds end within 1e-4 of the crossing, in the unit of the metric: small units cannot fail, a median difference of 0 is decided by noise. Else they are
    /// the crossing, and with samples too few to find one there is no verdict.
    pub searched_bounds: bool,
    /// Nothing but ranks is looked at. Else the means and the shape are as well, and where few samples hint at trouble there is no verdict.
    pub ranks_alone: bool,
    /// A metric that could not be judged counts for nothing, so that a group of them scores 100. Else it fails.
    pub errors_pass: bool,
    /// With `nanStrategy: replace` a side without a single sample passes. Else it has no data.
    pub replaced_nothing_passes: bool,
    /// A group without data scores 100. Else the others share its weight.
    pub nodata_groups_pass: bool,
    /// Weights count as they are, whatever they add up to. Else as shares of their sum.
    pub weights_as_given: bool,
    /// The ratio of two negative means has no direction. Else a rise is above 1 whatever the sign.
    pub ratio_of_negatives: bool,
}

impl Quirks {
    /// Upstream's verdicts.
    pub const KAYENTA: Self = Self::all(true);
    /// None of the surprises.
    pub const FIXED: Self = Self::all(false);

    const fn all(kept: bool) -> Self {
        Self {
            searched_bounds: kept,
            ranks_alone: kept,
            errors_pass: kept,
            replaced_nothing_passes: kept,
            nodata_groups_pass: kept,
            weights_as_given: kept,
            ratio_of_negatives: kept,
        }
    }

    /// As a config's `judgeConfigurations` has it: `{"strict": "fixed", "quirks": {"searchedBounds": true}}`; upstream reads nothing of that. `default` where it
    /// says nothing.
    ///
    /// # Errors
    /// `strict` is neither `kayenta` nor `fixed`, or a switch is not known, or neither `true` nor `false`.
    pub fn parse(judge: &Value, default: Self) -> Result<Self, OptionError> {
        let wrong =
            |path: String, found: &Value, wanted| OptionError { path, found: found.to_string(), wanted };
        let mut quirks = match judge.get("strict") {
            None | Some(Value::Null) => default,
            Some(Value::String(strict)) if strict == "kayenta" => Self::KAYENTA,
            Some(Value::String(strict)) if strict == "fixed" => Self::FIXED,
            Some(other) => return Err(wrong("strict".to_owned(), other, "\"kayenta\" or \"fixed\"")),
        };
        for (name, value) in judge.get("quirks").and_then(Value::as_object).into_iter().flatten() {
            let path = format!("quirks.{name}");
            let kept = value.as_bool().ok_or_else(|| wrong(path.clone(), value, "true or false"))?;
            *quirks.switch(name).ok_or_else(|| wrong(path, value, SWITCHES))? = kept;
        }
        Ok(quirks)
    }

    fn switch(&mut self, name: &str) -> Option<&mut bool> {
        Some(match name {
            "searchedBounds" => &mut self.searched_bounds,
            "ranksAlone" => &mut self.ranks_alone,
            "errorsPass" => &mut self.errors_pass,
            "replacedNothingPasses" => &mut self.replaced_nothing_passes,
            "nodataGroupsPass" => &mut self.nodata_groups_pass,
            "weightsAsGiven" => &mut self.weights_as_given,
            "ratioOfNegatives" => &mut self.ratio_of_negatives,
            _ => return None,
        })
    }
}

const SWITCHES: &str = "one of searchedBounds, ranksAlone, errorsPass, replacedNothingPasses, nodataGroupsPass, weightsAsGiven, ratioOfNegatives";

//! `== != < <= > >= matches instanceof between`.

use std::cmp::Ordering;

use super::Machine;
use crate::classes;
use crate::equality;
use crate::fault::Fault;
use crate::kind::Kind;
use crate::pattern;
use crate::tree::Comparison;
use crate::value::Value;

impl Machine<'_> {
    pub(super) fn compare(
        &mut self,
        comparison: Comparison,
        left: &Value,
        right: &Value,
    ) -> Result<bool, Fault> {
        self.budget.pass(left.bytes().min(right.bytes()))?;
        match comparison {
            Comparison::Equal => self.equal(left, right),
            Comparison::NotEqual => self.equal(left, right).map(|equal| !equal),
            Comparison::Less => self.ordered(comparison, left, right).map(Ordering::is_lt),
            Comparison::LessEqual => self.ordered(comparison, left, right).map(Ordering::is_le),
            Comparison::Greater => self.ordered(comparison, left, right).map(Ordering::is_gt),
            Comparison::GreaterEqual => self.ordered(comparison, left, right).map(Ordering::is_ge),
            Comparison::Matches => self.matches(left, right),
            Comparison::InstanceOf => instance_of(left, right),
            Comparison::Between => self.between(left, right),
        }
    }

    /// Whether two values are equal.
    ///
    /// Where expressions are strict, a comparison that a wrong name or a wrong kind decides is an error: `!=` would always hold, and
    /// a gate that is written with it would always be open.
    fn equal(&self, left: &Value, right: &Value) -> Result<bool, Fault> {
        if left.is_nothing() || right.is_nothing() {
            let is_asked_for = matches!(left, Value::Null) || matches!(right, Value::Null);
            if !is_asked_for {
                self.refuse_missing([left, right])?;
            }
            return Ok(left.is_nothing() && right.is_nothing());
        }
        let equal = equality::equal(left, right);
        if !equal && self.is_strict() && !comparable(left.kind(), right.kind()) {
            return Err(Fault::NeverEqual { left: left.kind(), right: right.kind() });
        }
        Ok(equal)
    }

    fn ordered(&self, comparison: Comparison, left: &Value, right: &Value) -> Result<Ordering, Fault> {
        self.refuse_missing([left, right])?;
        if !self.is_strict() && (left.is_nothing() || right.is_nothing()) {
            // Spring puts null before everything.
            return Ok(right.is_nothing().cmp(&left.is_nothing()));
        }
        let operands =
            || Fault::Operands { operator: comparison.sign(), left: left.kind(), right: right.kind() };
        equality::order(left, right).ok_or_else(operands)
    }

    fn matches(&mut self, left: &Value, right: &Value) -> Result<bool, Fault> {
        self.refuse_missing([left, right])?;
        let (Some(text), Some(pattern)) = (left.as_text(), right.as_text()) else {
            let operator = Comparison::Matches.sign();
            return Err(Fault::Operands { operator, left: left.kind(), right: right.kind() });
        };
        pattern::matches(text, pattern, &mut self.budget)
    }

    /// Both ends belong to it.
    fn between(&self, left: &Value, right: &Value) -> Result<bool, Fault> {
        let operands =
            Fault::Operands { operator: Comparison::Between.sign(), left: left.kind(), right: right.kind() };
        let Value::List(list) = right else { return Err(operands) };
        let [least, greatest] = list.items() else { return Err(operands) };
        let ordered = |end| self.ordered(Comparison::Between, left, end);
        Ok(ordered(least)?.is_ge() && ordered(greatest)?.is_le())
    }
}

fn instance_of(value: &Value, class: &Value) -> Result<bool, Fault> {
    let Value::Class(class) = class else {
        let operator = Comparison::InstanceOf.sign();
        return Err(Fault::Operands { operator, left: value.kind(), right: class.kind() });
    };
    Ok(!value.is_nothing() && classes::is_instance(*class, value.kind()))
}

/// Whether values of two kinds can be equal at all.
fn comparable(left: Kind, right: Kind) -> bool {
    let is_number = |kind| matches!(kind, Kind::Integer | Kind::Decimal);
    let is_text = |kind| matches!(kind, Kind::Text | Kind::Status);
    left == right || is_number(left) && is_number(right) || is_text(left) && is_text(right)
}

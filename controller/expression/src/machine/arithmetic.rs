//! `+ - * / % ^` and signs: whole numbers stay whole and are never cut off, texts are joined.

use super::{Evaluated, Machine, Outcome};
use crate::fault::Fault;
use crate::number;
use crate::render;
use crate::tree::{Arithmetic, Node};
use crate::value::Value;

impl Machine<'_> {
    pub(super) fn chain(&mut self, first: &Node, rest: &[(Arithmetic, Node)]) -> Evaluated {
        let mut value = self.evaluate(first)?;
        for (operator, operand) in rest {
            let right = self.evaluate(operand)?;
            let span = first.span.to(operand.span);
            self.budget.step(1).map_err(|limit| Fault::from(limit).at(span))?;
            value = self.calculate(*operator, &value, &right).map_err(|fault| fault.at(span))?;
        }
        Ok(value)
    }

    fn calculate(&mut self, operator: Arithmetic, left: &Value, right: &Value) -> Outcome {
        self.refuse_missing([left, right])?;
        if let (Value::Integer(a), Value::Integer(b)) = (left, right) {
            return integers(operator, *a, *b);
        }
        if let (Some(a), Some(b)) = (number::of(left), number::of(right)) {
            return decimals(operator, a, b);
        }
        let is_text = left.as_text().is_some() || right.as_text().is_some();
        match operator {
            Arithmetic::Add if is_text => self.join(left, right),
            Arithmetic::Subtract => self.before(left, right),
            Arithmetic::Multiply => self.repeat(left, right),
            Arithmetic::Add | Arithmetic::Divide | Arithmetic::Remainder | Arithmetic::Power => None,
        }
        .unwrap_or_else(|| {
            Err(Fault::Operands { operator: operator.sign(), left: left.kind(), right: right.kind() })
        })
    }

    /// Text before or after anything that has a text. Null has none where expressions are strict.
    fn join(&mut self, left: &Value, right: &Value) -> Option<Outcome> {
        let has_text =
            |value: &Value| !(self.is_strict() && (value.is_nothing() || value.kind().is_collection()));
        if !(has_text(left) && has_text(right)) {
            return None;
        }
        let mut buffer = self.budget.buffer();
        let written = render::write(left, &mut buffer).and_then(|()| render::write(right, &mut buffer));
        Some(written.map_err(Fault::from).and_then(|()| self.buffered(buffer)))
    }

    /// `'b' - 1` is `'a'`, as in Spring.
    fn before(&mut self, left: &Value, right: &Value) -> Option<Outcome> {
        let (Value::Text(text), Value::Integer(by)) = (left, right) else { return None };
        let mut characters = text.chars();
        let (Some(only), None) = (characters.next(), characters.next()) else { return None };
        let code = u32::try_from(i64::from(u32::from(only)).checked_sub(*by)?).ok()?;
        Some(self.text(char::from_u32(code)?.to_string()))
    }

    /// `'ab' * 2` is `'abab'`, as in Spring.
    fn repeat(&mut self, left: &Value, right: &Value) -> Option<Outcome> {
        let (Value::Text(text), Value::Integer(times)) = (left, right) else { return None };
        Some(self.repeated(text, *times))
    }

    /// A text so many times.
    pub(crate) fn repeated(&mut self, text: &str, times: i64) -> Outcome {
        let wanted = || Fault::Unreadable { given: times.to_string(), wanted: "number of times".to_owned() };
        let times = usize::try_from(times).map_err(|_| wanted())?;
        self.budget.make(text.len().saturating_mul(times))?;
        Ok(Value::text(text.repeat(if text.is_empty() { 0 } else { times })))
    }

    pub(super) fn negative(&self, value: &Value) -> Outcome {
        self.refuse_missing([value])?;
        if let Value::Integer(integer) = value {
            return integer.checked_neg().map(Value::Integer).ok_or(Fault::Overflow("-"));
        }
        let Value::Decimal(decimal) = value else {
            return Err(Fault::Operand { operator: "-", kind: value.kind() });
        };
        Ok(Value::Decimal(-decimal))
    }

    pub(super) fn positive(&self, value: Value) -> Outcome {
        self.refuse_missing([&value])?;
        let is_number = matches!(value, Value::Integer(_) | Value::Decimal(_));
        if is_number { Ok(value) } else { Err(Fault::Operand { operator: "+", kind: value.kind() }) }
    }

    /// Where expressions are strict, nothing is calculated with what is not there.
    pub(super) fn refuse_missing<const N: usize>(&self, values: [&Value; N]) -> Result<(), Fault> {
        for value in values {
            if let Value::Missing(missing) = value
                && self.is_strict()
            {
                return Err(Fault::Missing(missing.clone()));
            }
        }
        Ok(())
    }
}

fn integers(operator: Arithmetic, a: i64, b: i64) -> Outcome {
    if b == 0 && matches!(operator, Arithmetic::Divide | Arithmetic::Remainder) {
        return Err(Fault::DivisionByZero);
    }
    let result = match operator {
        Arithmetic::Add => a.checked_add(b),
        Arithmetic::Subtract => a.checked_sub(b),
        Arithmetic::Multiply => a.checked_mul(b),
        Arithmetic::Divide => a.checked_div(b),
        Arithmetic::Remainder => a.checked_rem(b),
        Arithmetic::Power if b < 0 => return decimals(operator, number::decimal(a), number::decimal(b)),
        Arithmetic::Power => power(a, b),
    };
    result.map(Value::Integer).ok_or(Fault::Overflow(operator.sign()))
}

/// By squaring; exponents beyond 63 only matter to 0, 1 and -1.
fn power(base: i64, exponent: i64) -> Option<i64> {
    match base {
        0 | 1 if exponent > 0 => Some(base),
        -1 => Some(if exponent % 2 == 0 { 1 } else { -1 }),
        _ => base.checked_pow(u32::try_from(exponent).ok()?),
    }
}

fn decimals(operator: Arithmetic, a: f64, b: f64) -> Outcome {
    let result = match operator {
        Arithmetic::Add => a + b,
        Arithmetic::Subtract => a - b,
        Arithmetic::Multiply => a * b,
        Arithmetic::Divide | Arithmetic::Remainder if b == 0.0 => return Err(Fault::DivisionByZero),
        Arithmetic::Divide => a / b,
        Arithmetic::Remainder => a % b,
        Arithmetic::Power => a.powf(b),
    };
    if result.is_finite() { Ok(Value::Decimal(result)) } else { Err(Fault::Overflow(operator.sign())) }
}

//! `String.format`: `%s %d %x %X %b %c %f %e %n %%` with flags, widths and decimals.

use crate::budget::{Budget, Buffer};
use crate::fault::Fault;
use crate::functions::unreadable;
use crate::number;
use crate::render;
use crate::value::Value;

/// Largest width and number of decimals.
const MOST: usize = 1_000;

/// One `%..` and what it asks for.
#[derive(Default)]
struct Specifier {
    /// The flags that stand there: `-`, `0`, `+` and `,`.
    flags: String,
    width: usize,
    decimals: Option<usize>,
}

/// Puts the values into the pattern, in their order.
pub(crate) fn format(pattern: &str, values: &[Value], budget: &Budget) -> Result<Buffer, Fault> {
    let broken =
        || unreadable(pattern, "format: it knows %s %d %x %b %c %f %e %n and %%, with a value for each");
    let mut buffer = budget.buffer();
    let (mut rest, mut values) = (pattern, values.iter());
    while let Some((before, after)) = rest.split_once('%') {
        buffer.push(before)?;
        let (specifier, conversion, behind) = specifier(after).ok_or_else(broken)?;
        rest = behind;
        let text = match conversion {
            '%' => "%".to_owned(),
            'n' => "\n".to_owned(),
            other => {
                converted(&specifier, other, values.next().ok_or_else(broken)?, budget)?.ok_or_else(broken)?
            }
        };
        pad(&text, &specifier, &mut buffer)?;
    }
    buffer.push(rest)?;
    Ok(buffer)
}

/// Flags, width and decimals, the letter of the conversion, and what comes after it.
fn specifier(text: &str) -> Option<(Specifier, char, &str)> {
    let mut specifier = Specifier::default();
    let mut rest = text;
    while let Some(flag) = rest.chars().next().filter(|c| matches!(c, '-' | '0' | '+' | ',')) {
        specifier.flags.push(flag);
        rest = rest.get(1..)?;
    }
    (specifier.width, rest) = digits(rest)?;
    if let Some(after) = rest.strip_prefix('.') {
        let (decimals, behind) = digits(after)?;
        (specifier.decimals, rest) = (Some(decimals), behind);
    }
    let conversion = rest.chars().next()?;
    Some((specifier, conversion, rest.get(conversion.len_utf8()..)?))
}

fn digits(text: &str) -> Option<(usize, &str)> {
    let (digits, rest) = text.split_at(text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len()));
    let number = if digits.is_empty() { 0 } else { digits.parse().ok().filter(|number| *number <= MOST)? };
    Some((number, rest))
}

fn converted(
    specifier: &Specifier,
    conversion: char,
    value: &Value,
    budget: &Budget,
) -> Result<Option<String>, Fault> {
    let decimals = specifier.decimals.unwrap_or(6);
    let integer = if let Value::Integer(integer) = value { Some(*integer) } else { None };
    let decimal =
        if let Value::Decimal(decimal) = value { Some(*decimal) } else { integer.map(number::decimal) };
    let signed = |text: String| {
        if specifier.flags.contains('+') && !text.starts_with('-') { format!("+{text}") } else { text }
    };
    Ok(match conversion {
        's' | 'S' => {
            let mut text = render::text_of(value, budget)?;
            if let Some(most) = specifier.decimals {
                text = text.chars().take(most).collect();
            }
            Some(if conversion == 'S' { text.to_uppercase() } else { text })
        }
        'b' => {
            Some(if let Value::Boolean(boolean) = value { *boolean } else { !value.is_nothing() }.to_string())
        }
        'c' => value.as_text().filter(|text| text.chars().count() == 1).map(str::to_owned),
        'd' => integer.map(|integer| signed(grouped(&integer.to_string(), specifier))),
        'x' => integer.map(|integer| format!("{integer:x}")),
        'X' => integer.map(|integer| format!("{integer:X}")),
        'f' => decimal.map(|decimal| signed(grouped(&format!("{decimal:.decimals$}"), specifier))),
        'e' => decimal.map(|decimal| scientific(decimal, decimals)),
        _ => None,
    })
}

/// `1.5e+03`, as Java has it.
fn scientific(decimal: f64, decimals: usize) -> String {
    let text = format!("{decimal:.decimals$e}");
    let (mantissa, exponent) = text.split_once('e').unwrap_or((&text, "0"));
    let (sign, digits) = exponent.strip_prefix('-').map_or(('+', exponent), |digits| ('-', digits));
    format!("{mantissa}e{sign}{digits:0>2}")
}

/// With a comma before every three digits.
fn grouped(text: &str, specifier: &Specifier) -> String {
    if !specifier.flags.contains(',') {
        return text.to_owned();
    }
    let (whole, decimals) = text.split_at(text.find('.').unwrap_or(text.len()));
    let (sign, digits) = whole.split_at(usize::from(whole.starts_with('-')));
    let mut grouped = String::from(sign);
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index) % 3 == 0 {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    grouped + decimals
}

fn pad(text: &str, specifier: &Specifier, buffer: &mut Buffer) -> Result<(), Fault> {
    let missing = specifier.width.saturating_sub(text.chars().count());
    if specifier.flags.contains('-') {
        buffer.push(text)?;
        return Ok(buffer.push(&" ".repeat(missing))?);
    }
    if specifier.flags.contains('0') {
        let (sign, digits) = text.split_at(usize::from(text.starts_with(['-', '+'])));
        buffer.push(sign)?;
        buffer.push(&"0".repeat(missing))?;
        return Ok(buffer.push(digits)?);
    }
    buffer.push(&" ".repeat(missing))?;
    Ok(buffer.push(text)?)
}

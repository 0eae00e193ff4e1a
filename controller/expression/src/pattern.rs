//! Regular expressions as Java writes them, run in linear time.
//!
//! `\w`, `\d` and `\s` are ASCII, as in Java. What needs backtracking (look-around, back references, possessive quantifiers) is refused.

use regex::{Captures, Regex, RegexBuilder};

use crate::budget::{Budget, Buffer};
use crate::fault::Fault;
use crate::limits::Exceeded;
use crate::missing::clip;

/// Sizes that the machine of a pattern may have, bytes: the smallest that it fits into says what a match may cost.
const MACHINE_BYTES: [usize; 4] = [1 << 12, 1 << 14, 1 << 16, MOST_MACHINE_BYTES];
const MOST_MACHINE_BYTES: usize = 1 << 17;
/// Steps that compiling a pattern counts as.
const COMPILE_STEPS: u64 = 500;
/// A step is so many bytes of a machine at one byte of the text: all of a machine may have to be looked at for each.
const MACHINE_BYTES_A_STEP: usize = 1 << 11;

/// Whether all of the text is what the pattern says.
pub(crate) fn matches(text: &str, pattern: &str, budget: &mut Budget) -> Result<bool, Fault> {
    let whole = compile(&format!("^(?:{})$", translate(pattern)), pattern, text, budget)?;
    Ok(whole.is_match(text))
}

/// Replaces the first match or all of them; `$1` and `${name}` in the replacement are what groups matched.
pub(crate) fn replace(
    text: &str,
    pattern: &str,
    replacement: &str,
    all: bool,
    budget: &mut Budget,
) -> Result<Buffer, Fault> {
    let regex = compile(&translate(pattern), pattern, text, budget)?;
    let (mut buffer, mut end) = (budget.buffer(), 0);
    for captures in regex.captures_iter(text).take(if all { usize::MAX } else { 1 }) {
        let Some(found) = captures.get(0) else { continue };
        buffer.push(text.get(end..found.start()).unwrap_or_default())?;
        expand(replacement, &captures, &mut buffer)?;
        end = found.end();
    }
    buffer.push(text.get(end..).unwrap_or_default())?;
    Ok(buffer)
}

/// The parts between matches, as Java's `split` has them: empty ones at the end are left out unless `limit` is below 0, and nothing
/// of no length is matched at the beginning.
pub(crate) fn split(
    text: &str,
    pattern: &str,
    limit: i64,
    budget: &mut Budget,
) -> Result<Vec<String>, Fault> {
    let regex = compile(&translate(pattern), pattern, text, budget)?;
    let most = usize::try_from(limit).ok().filter(|limit| *limit > 0).unwrap_or(usize::MAX);
    let (mut parts, mut end) = (Vec::new(), 0);
    for found in regex.find_iter(text) {
        if parts.len() + 1 >= most {
            break;
        }
        if found.end() == 0 || found.is_empty() && found.start() == text.len() {
            continue;
        }
        parts.push(text.get(end..found.start()).unwrap_or_default().to_owned());
        end = found.end();
        budget.room_for(parts.len())?;
    }
    parts.push(text.get(end..).unwrap_or_default().to_owned());
    if limit == 0 && parts.len() > 1 {
        let last = parts.iter().rposition(|part| !part.is_empty()).map_or(0, |last| last + 1);
        parts.truncate(last);
    }
    Ok(parts)
}

fn compile(translated: &str, pattern: &str, text: &str, budget: &mut Budget) -> Result<Regex, Fault> {
    let most = budget.limits().pattern_bytes;
    if pattern.len() > most {
        return Err(Exceeded::Pattern(most).into());
    }
    for machine_bytes in MACHINE_BYTES {
        budget.step(COMPILE_STEPS)?;
        let built = RegexBuilder::new(translated)
            .size_limit(machine_bytes)
            .dfa_size_limit(1 << 20)
            .nest_limit(50)
            .build();
        match built {
            Ok(regex) => {
                let work = text.len().saturating_mul(machine_bytes) / MACHINE_BYTES_A_STEP;
                budget.step(u64::try_from(work).unwrap_or(u64::MAX))?;
                return Ok(regex);
            }
            Err(regex::Error::CompiledTooBig(_)) => {}
            Err(error) => return Err(Fault::Pattern { pattern: clip(pattern), why: reason(&error) }),
        }
    }
    Err(Exceeded::PatternMachine(MOST_MACHINE_BYTES).into())
}

/// The last line of the library's message, which is the reason; the ones before show the translated pattern.
fn reason(error: &regex::Error) -> String {
    let message = error.to_string();
    let last = message.lines().last().unwrap_or_default();
    last.trim().strip_prefix("error: ").unwrap_or(last).to_owned()
}

/// Java's classes by what they are in ASCII, and `\Q..\E` by the characters in it.
fn translate(pattern: &str) -> String {
    let mut translated = String::with_capacity(pattern.len());
    let (mut rest, mut in_class) = (pattern, 0_usize);
    while let Some(character) = rest.chars().next() {
        let after = rest.get(character.len_utf8()..).unwrap_or_default();
        if character != '\\' {
            match character {
                '[' => in_class += 1,
                ']' => in_class = in_class.saturating_sub(1),
                _ => {}
            }
            translated.push(character);
            rest = after;
            continue;
        }
        let Some(escaped) = after.chars().next() else {
            translated.push('\\');
            break;
        };
        rest = after.get(escaped.len_utf8()..).unwrap_or_default();
        if escaped == 'Q' {
            let (quoted, behind) = rest.split_once("\\E").unwrap_or((rest, ""));
            translated.push_str(&regex::escape(quoted));
            rest = behind;
            continue;
        }
        match class(escaped, in_class > 0) {
            Some(class) => translated.push_str(class),
            None => translated.extend(['\\', escaped]),
        }
    }
    translated
}

fn class(escaped: char, in_class: bool) -> Option<&'static str> {
    Some(match (escaped, in_class) {
        ('d', false) => "[0-9]",
        ('d', true) => "0-9",
        ('w', false) => "[0-9A-Za-z_]",
        ('w', true) => "0-9A-Za-z_",
        ('s', false) => "[ \\t\\n\\x0B\\f\\r]",
        ('s', true) => " \\t\\n\\x0B\\f\\r",
        ('D', _) => "[^0-9]",
        ('W', _) => "[^0-9A-Za-z_]",
        ('S', _) => "[^ \\t\\n\\x0B\\f\\r]",
        ('Z', false) => "\\z",
        ('R', false) => "(?:\\r\\n|[\\n\\x0B\\f\\r])",
        ('h', false) => "[ \\t]",
        _ => return None,
    })
}

/// Java's replacement: `$1`, `${name}`, and a backslash before what stands for itself.
fn expand(replacement: &str, captures: &Captures<'_>, buffer: &mut Buffer) -> Result<(), Fault> {
    let broken = || {
        let wanted = "replacement: after $ comes the number of a group or {name}; \\$ is the sign itself";
        Fault::Unreadable { given: clip(replacement), wanted: wanted.to_owned() }
    };
    let mut characters = replacement.chars().peekable();
    while let Some(character) = characters.next() {
        match character {
            '\\' => buffer.push_char(characters.next().ok_or_else(broken)?)?,
            '$' if characters.next_if_eq(&'{').is_some() => {
                let name: String = characters.by_ref().take_while(|c| *c != '}').collect();
                buffer.push(captures.name(&name).ok_or_else(broken)?.as_str())?;
            }
            '$' => {
                let digit = |c: char| c.to_digit(10).and_then(|digit| usize::try_from(digit).ok());
                let mut group = characters.next().and_then(digit).ok_or_else(broken)?;
                // As many digits as make a group that there is.
                while let Some(digit) = characters.peek().copied().and_then(digit) {
                    let longer = group * 10 + digit;
                    if longer >= captures.len() {
                        break;
                    }
                    group = longer;
                    characters.next();
                }
                if group >= captures.len() {
                    return Err(broken());
                }
                buffer.push(captures.get(group).map_or("", |found| found.as_str()))?;
            }
            other => buffer.push_char(other)?,
        }
    }
    Ok(())
}

//! `H`: a value that is drawn from the pipeline's name, so that many daily pipelines do not start at the same minute.
//!
//! As in Jenkins: `H`, `H/15`, `H(0-29)`, `H(0-29)/10`. A day of the month is drawn from 1 to 28, which every month has.

use std::hash::Hasher;

use siphasher::sip::SipHasher13;

use super::Invalid;

/// Least and greatest value of minute, hour, day of month, month, day of week.
const RANGES: [(u32, u32); 5] = [(0, 59), (0, 23), (1, 28), (1, 12), (0, 6)];

/// The fields with numbers for each `H`.
pub(super) fn filled(fields: Vec<String>, name: &str) -> Result<Vec<String>, Invalid> {
    let is_quartz = fields.len() > RANGES.len();
    let offset = usize::from(is_quartz);
    let filled = fields.into_iter().enumerate().map(|(index, field)| {
        let range = index.checked_sub(offset).and_then(|index| RANGES.get(index));
        let range = match (range, index) {
            // Quartz counts days from 1.
            (Some((0, 6)), _) if is_quartz => (1, 7),
            (Some(range), _) => *range,
            (None, 0) => (0, 59),
            (None, _) => return Ok(field),
        };
        let items = field.split(',').map(|item| filled_item(item, range, index, name));
        Ok(items.collect::<Result<Vec<String>, Invalid>>()?.join(","))
    });
    filled.collect()
}

/// `THU` and `MARCH` have an H too, so only one at the beginning that no letter follows counts.
fn filled_item(
    item: &str,
    (least, greatest): (u32, u32),
    index: usize,
    name: &str,
) -> Result<String, Invalid> {
    let invalid = || Invalid::Hashed(item.to_owned(), least, greatest);
    let Some(rest) = item.strip_prefix('H') else {
        return if item.contains(['(', ')']) { Err(invalid()) } else { Ok(item.to_owned()) };
    };
    let (range, step) = match rest.split_once('/') {
        Some((range, step)) => (range, Some(step.parse::<u32>().map_err(|_| invalid())?)),
        None => (rest, None),
    };
    let (from, to) = if range.is_empty() {
        (least, greatest)
    } else {
        let inner = range.strip_prefix('(').and_then(|range| range.strip_suffix(')'));
        let (from, to) = inner.and_then(|inner| inner.split_once('-')).ok_or_else(invalid)?;
        (from.parse().map_err(|_| invalid())?, to.parse().map_err(|_| invalid())?)
    };
    if from < least || to > greatest || from > to {
        return Err(invalid());
    }
    let draw = draw(name, index);
    match step {
        None => Ok((from + draw % (to - from + 1)).to_string()),
        Some(step) if step > 0 && step <= to - from => Ok(format!("{}-{to}/{step}", from + draw % step)),
        Some(_) => Err(invalid()),
    }
}

/// Another one for each field of each name; the same on every machine and in every version.
fn draw(name: &str, index: usize) -> u32 {
    let mut hasher = SipHasher13::new();
    hasher.write(name.as_bytes());
    hasher.write(&index.to_le_bytes());
    let [a, b, c, d, ..] = hasher.finish().to_le_bytes();
    u32::from_le_bytes([a, b, c, d]) & 0x7fff_ffff
}

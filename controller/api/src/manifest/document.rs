//! One document that is no Kubernetes object, as a type of whoever reads it.

use std::sync::Arc;

use serde::de::DeserializeOwned;

use super::json::join_surrogates;
use super::known::type_fault;
use super::split::split;
use super::tree;
use super::{MAX_BYTES, Origin, Problem, typed};

/// The only document of a text of YAML or JSON, and the lines of its fields. A field that the type does not have is an error, as any other. `file` is its
/// path, for messages.
///
/// # Errors
/// All that is wrong.
pub fn document<T: DeserializeOwned>(file: &str, text: &str) -> Result<(T, Origin), Vec<Problem>> {
    let wrong = |line: u32, message: String| vec![Problem::error(file, line, "", message)];
    if text.len() > MAX_BYTES {
        return Err(wrong(0, format!("{} bytes: it may have {MAX_BYTES} at most", text.len())));
    }
    let mut found = None;
    for chunk in split(text.strip_prefix('\u{feff}').unwrap_or(text)) {
        let problem = |fault: &super::syntax::Fault| Problem {
            column: fault.column,
            help: fault.help.clone(),
            ..Problem::error(file, fault.line, &fault.field, &fault.message)
        };
        let read = tree::read(&join_surrogates(chunk.text), chunk.first_line);
        let Some(read) = read.map_err(|fault| vec![problem(&fault)])? else { continue };
        if !read.faults.is_empty() {
            return Err(read.faults.iter().map(problem).collect());
        }
        if found.is_some() {
            return Err(wrong(read.root.line, "a second document: only one is wanted".to_owned()));
        }
        found = Some(read.root);
    }
    let root = found.ok_or_else(|| wrong(0, "there is nothing in it".to_owned()))?;
    let origin = Origin::of(&Arc::from(file), "", &root);
    let (result, unknown) = typed::read::<T>(&root, &[]);
    let mut problems: Vec<Problem> = unknown
        .iter()
        .map(|unknown| {
            let problem = Problem::error(file, unknown.line, &unknown.path, "unknown field");
            match unknown.nearest {
                Some(nearest) => problem.with_help(format!("did you mean {nearest}?")),
                None => problem,
            }
        })
        .collect();
    match result {
        Ok(read) if problems.is_empty() => Ok((read, origin)),
        Ok(_) => Err(problems),
        Err(fault) => {
            problems.push(type_fault(&fault, &origin));
            Err(problems)
        }
    }
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;

    use super::document;

    #[derive(Debug, Deserialize, PartialEq)]
    #[serde(rename_all = "camelCase", deny_unknown_fields)]
    struct Doors {
        doors: Vec<Door>,
    }

    #[derive(Debug, Deserialize, PartialEq)]
    #[serde(rename_all = "camelCase", deny_unknown_fields)]
    struct Door {
        is_open: bool,
        width: Option<u32>,
    }

    #[test]
    fn a_document_is_read_with_the_lines_of_its_fields() {
        let (read, origin) = document::<Doors>("f", "# doors\ndoors:\n- isOpen: true\n  width: 3\n").unwrap();
        assert_eq!(read, Doors { doors: vec![Door { is_open: true, width: Some(3) }] });
        assert_eq!(origin.error("doors[0].width", "too wide").to_string(), "f:4: doors[0].width: too wide");
    }

    #[test]
    fn all_that_is_wrong_is_told_with_its_line() {
        for (text, expected) in [
            ("doors:\n- isOpn: true\n", "f:2: doors[0].isOpn: unknown field\n   did you mean isOpen?"),
            (
                "doors:\n- isOpen: yes please\n",
                "f:2: doors[0].isOpen: \"yes please\" (a text), expected true or false",
            ),
            ("doors: []\n---\ndoors: []\n", "f:3: a second document: only one is wanted"),
            ("doors: []\ndoors: []\n", "f:2: doors: "),
            ("doors: [\n", "f:"),
            ("# nothing\n", "f: there is nothing in it"),
        ] {
            let told: Vec<String> =
                document::<Doors>("f", text).unwrap_err().iter().map(ToString::to_string).collect();
            assert!(told.iter().any(|line| line.starts_with(expected)), "{text}: {told:?}");
        }
    }
}

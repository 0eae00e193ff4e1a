//! What a command hands on by the file that `WEIR_OUTPUT` names: lines `NAME=VALUE`, or one JSON object.

use std::io;
use std::path::Path;

use serde_json::Value;

use super::Outputs;

/// More than the engine keeps in any case.
const MOST_BYTES: u64 = 1 << 20;

/// Why the outputs of a command cannot be taken.
#[derive(Debug, thiserror::Error)]
pub(super) enum OutputError {
    #[error("its outputs cannot be read: {0}")]
    Unreadable(#[from] io::Error),
    #[error("its outputs have {0} bytes: what is long is kept as an artifact")]
    TooLong(u64),
    #[error("its outputs begin with {{ and are no JSON object: {0}")]
    NotJson(#[from] serde_json::Error),
    #[error("line {line} of its outputs is no NAME=VALUE: {text:?}")]
    Line { line: usize, text: String },
}

/// What the command wrote; nothing where there is no file.
pub(super) fn read(path: &Path) -> Result<Outputs, OutputError> {
    let length = match path.metadata() {
        Ok(metadata) => metadata.len(),
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Outputs::new()),
        Err(error) => return Err(error.into()),
    };
    if length > MOST_BYTES {
        return Err(OutputError::TooLong(length));
    }
    parse(&std::fs::read_to_string(path)?)
}

fn parse(text: &str) -> Result<Outputs, OutputError> {
    if text.trim_start().starts_with('{') {
        return Ok(serde_json::from_str(text)?);
    }
    let mut outputs = Outputs::new();
    for (index, line) in text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty()) {
        match line.split_once('=') {
            Some((name, value)) if !name.trim().is_empty() => {
                outputs.insert(name.trim().to_owned(), Value::from(value));
            }
            _ => return Err(OutputError::Line { line: index + 1, text: line.chars().take(80).collect() }),
        }
    }
    Ok(outputs)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::parse;

    #[test]
    fn outputs_are_lines_or_an_object() {
        let read = |text: &str| parse(text).map(serde_json::Value::Object);
        assert_eq!(read("a=1\n\n b =x=y\n").unwrap(), json!({"a": "1", "b": "x=y"}));
        assert_eq!(read(" {\"a\": [1]}\n").unwrap(), json!({"a": [1]}));
        assert_eq!(read("").unwrap(), json!({}));
        assert_eq!(
            read("a=1\nb\n").unwrap_err().to_string(),
            "line 2 of its outputs is no NAME=VALUE: \"b\""
        );
        assert!(read("{").unwrap_err().to_string().contains("no JSON object"));
    }
}

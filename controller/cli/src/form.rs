//! Values for programs: JSON or YAML.

use std::io::{self, Write};
use std::path::Path;

use anyhow::{Context, Result};
use serde::Serialize;
use serde_json::Value;

use crate::Misconfigured;
use crate::args::Form;

/// A value in a form for programs; `None` where people are to read.
pub(crate) fn of(value: &impl Serialize, form: Form) -> Result<Option<String>> {
    Ok(match form {
        Form::Text | Form::Wide => None,
        Form::Json => Some(serde_json::to_string_pretty(value)? + "\n"),
        Form::Yaml => {
            let text = weir_api::yaml::of(&serde_json::to_value(value)?);
            Some(text.strip_prefix("---\n").unwrap_or(&text).to_owned())
        }
    })
}

/// Writes a value in the form that was asked for; `text` is what people get, with whether their window is wide.
pub(crate) fn show<T: Serialize>(value: &T, form: Form, text: impl Fn(&T, bool) -> String) -> Result<()> {
    print(&of(value, form)?.unwrap_or_else(|| text(value, form == Form::Wide)))
}

/// Writes a text whole.
pub(crate) fn print(text: &str) -> Result<()> {
    let mut output = io::stdout().lock();
    output.write_all(text.as_bytes()).and_then(|()| output.flush()).context("cannot print")
}

/// Writes a page to the file that `--page` names, if it does.
pub(crate) fn write_page(path: Option<&Path>, page: impl FnOnce() -> String) -> Result<()> {
    write_file("--page", path, page)
}

/// Writes a text to the file that an option names, if it does.
pub(crate) fn write_file(option: &str, path: Option<&Path>, text: impl FnOnce() -> String) -> Result<()> {
    let Some(path) = path else { return Ok(()) };
    Ok(std::fs::write(path, text())
        .map_err(|error| Misconfigured(format!("{option} {}: {error}", path.display())))?)
}

/// An object without what nobody asked for: who wrote which field.
pub(crate) fn without_managed_fields(mut object: Value) -> Value {
    if let Some(metadata) = object.get_mut("metadata").and_then(Value::as_object_mut) {
        metadata.remove("managedFields");
    }
    object
}

//! Which of a build's archived files is the property file.

use crate::poll::jenkins::Artifact;

/// More names in a message help nobody.
const SHOWN: usize = 10;

/// The property file was not archived.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the build has not archived {name:?}: {hint}")]
pub struct Missing {
    /// The name that the trigger gives.
    pub name: String,
    /// What may be meant.
    pub hint: String,
}

/// The first file of exactly this name, in whichever folder.
///
/// # Errors
/// There is none. A file with the other ending (`deploy.yml` for `deploy.yaml`) is not taken for it, but named.
pub fn find<'a>(name: &str, archived: &'a [Artifact]) -> Result<&'a Artifact, Missing> {
    let found = archived.iter().find(|artifact| artifact.file_name == name);
    found.ok_or_else(|| Missing { name: name.to_owned(), hint: hint(name, archived) })
}

fn hint(name: &str, archived: &[Artifact]) -> String {
    let stem = |name: &str| name.rsplit_once('.').map_or(name, |(stem, _)| stem).to_lowercase();
    if let Some(other) = archived.iter().find(|artifact| stem(&artifact.file_name) == stem(name)) {
        let other = &other.file_name;
        return format!("it has {other:?}, so write `propertyFile: {other}`, or archive it as {name:?}");
    }
    let names: Vec<String> =
        archived.iter().take(SHOWN).map(|artifact| format!("{:?}", artifact.file_name)).collect();
    match archived.len() {
        0 => "it has archived nothing: archive the file at the end of the build".to_owned(),
        some if some > SHOWN => format!("it has {} and {} more", names.join(", "), some - SHOWN),
        _ => format!("it has {}", names.join(", ")),
    }
}

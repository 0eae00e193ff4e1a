//! How a step stands, for whoever finds its folder.

use std::io;

use crate::end::End;
use crate::folder::Folder;
use crate::kin;

/// How a step stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Standing {
    /// Nobody has started it.
    NotStarted,
    /// It runs.
    Running,
    /// It has ended, and left nothing behind.
    Ended(End),
}

/// Looks. Where a step lost its keeper, what is left of it is ended.
///
/// # Errors
/// The folder cannot be read, or what is left does not end.
pub fn look(folder: &Folder) -> io::Result<Standing> {
    let Some(keeper) = folder.kept()? else { return Ok(Standing::NotStarted) };
    // First who keeps it, then its end: one that ends between the two has written it down.
    let is_kept = kin::is_alive(keeper);
    if let Some(end) = folder.end()? {
        return Ok(Standing::Ended(end));
    }
    if is_kept {
        return Ok(Standing::Running);
    }
    kin::end_of(folder.path())?;
    folder.write_end(&End::Lost)?;
    Ok(Standing::Ended(End::Lost))
}

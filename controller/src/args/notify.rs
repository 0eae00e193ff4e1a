//! Who is told of releases elsewhere.

use std::path::PathBuf;

/// Who is told of releases elsewhere.
#[derive(Clone, Debug, Default, clap::Args)]
pub struct NotifyArgs {
    /// File that names who can be told of releases (Slack, web hooks, e-mails), for `spec.notifications` of Canaries. Read again when it changes
    #[arg(long, value_name = "FILE", env = "WEIR_NOTIFIERS")]
    pub notifiers: Option<PathBuf>,
    /// Folder of the secrets that this file names, NAME/KEY: a folder for each, with a file for each of its values
    #[arg(long, value_name = "DIR", env = "WEIR_SECRETS", requires = "notifiers")]
    pub secrets: Option<PathBuf>,
}

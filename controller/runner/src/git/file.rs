//! One file of one commit, without the history where the server can do that.

use std::fs;
use std::io::{self, Read, Seek, SeekFrom};
use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use tokio::process::Command;
use weir_stages::file::MOST_BYTES;

use super::{SignIn, SignInError};

/// How long git may take.
const DEADLINE: Duration = Duration::from_secs(25);
/// Largest file that git may write, blocks of 512 bytes: 256 MiB. A server that gives no single commits gives all of its branches.
const BLOCKS: usize = 1 << 19;
/// The end of what git says, bytes.
const SAID: u64 = 1_000;

/// What it is told comes by its environment: nothing of it is ever a part of the script. What git says goes to a file, for the server has a part in it.
///
/// Only a plain file counts: no link to another one, no submodule. Whole trees are fetched: of a partial one git would ask for what is missing whenever it
/// comes by, and the server would say how often that is.
const SCRIPT: &str = r#"
ulimit -f "$BLOCKS"
exec 2>said
git init -q --bare repository
cd repository
git remote add origin "$REPOSITORY"
git fetch -q --no-tags --depth=1 origin "$COMMIT" ||
  git fetch -q --no-tags origin '+refs/heads/*:refs/heads/*' '+refs/tags/*:refs/tags/*'
git rev-parse -q --verify "$COMMIT^{commit}" >/dev/null || exit 9
entry=$(git ls-tree --full-tree "$COMMIT" -- "$FILE")
case "$entry" in
  '') exit 10;;
  '100644 blob '*|'100755 blob '*) ;;
  *) exit 11;;
esac
blob=$(git rev-parse -q --verify "$COMMIT:$FILE")
if [ "$(git cat-file -s "$blob")" -gt "$MOST" ]; then exit 12; fi
git cat-file blob "$blob"
"#;

/// Which file.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Wanted<'w> {
    pub(crate) repository: &'w str,
    pub(crate) commit: &'w str,
    /// From the root of the repository.
    pub(crate) path: &'w str,
}

/// Why it is not there.
#[derive(Debug, thiserror::Error)]
pub(crate) enum FileError {
    /// Git does not get it: it may next time.
    #[error("git cannot fetch it: {0}")]
    Git(String),
    /// Git is not through with it.
    #[error("it takes longer than {0:?}")]
    Late(Duration),
    /// It is something else.
    #[error("it is no plain file: links count as none, for they may lead anywhere")]
    NotPlain,
    /// It is too long.
    #[error("it has more than {MOST_BYTES} bytes")]
    TooLong,
    /// It is no text.
    #[error("it is not UTF-8")]
    NotText,
    /// The repository does not have the commit.
    #[error("the repository at {0} does not have the commit")]
    NoCommit(String),
    /// What it was fetched with is no address, or no commit.
    #[error("{0:?} cannot be fetched")]
    NoName(String),
    /// Nobody knows who we are.
    #[error(transparent)]
    SignIn(SignInError),
    /// The disk.
    #[error(transparent)]
    Disk(#[from] io::Error),
}

impl FileError {
    /// Whether another try may end otherwise.
    pub(crate) const fn may_pass(&self) -> bool {
        matches!(self, Self::Git(_) | Self::Disk(_))
    }
}

/// The file, fetched into `folder`, which is the caller's to make and to remove; `None`: the commit has none.
pub(crate) async fn fetched(
    wanted: Wanted<'_>,
    signed: &SignIn,
    folder: &Path,
) -> Result<Option<String>, FileError> {
    let Wanted { repository, commit, path } = wanted;
    let is_hash = matches!(commit.len(), 40 | 64) && commit.bytes().all(|byte| byte.is_ascii_hexdigit());
    if !is_hash || repository.is_empty() || repository.starts_with('-') {
        return Err(FileError::NoName(if is_hash { repository } else { commit }.to_owned()));
    }
    let seconds = DEADLINE.as_secs().to_string();
    let mut command = Command::new("timeout");
    command.args(["-k", "2", &seconds, "sh", "-e", "-c", SCRIPT]).current_dir(folder);
    command.env("REPOSITORY", repository).env("COMMIT", commit).env("FILE", path);
    command.env("BLOCKS", BLOCKS.to_string()).env("MOST", MOST_BYTES.to_string());
    command.env("GIT_TERMINAL_PROMPT", "0").env("GIT_LITERAL_PATHSPECS", "1").env("LC_ALL", "C");
    command.envs(signed.quietly());
    let output = command.stdin(Stdio::null()).kill_on_drop(true).output().await?;
    match output.status.code() {
        Some(0) => String::from_utf8(output.stdout).map(Some).map_err(|_not| FileError::NotText),
        Some(9) => Err(FileError::NoCommit(repository.to_owned())),
        Some(10) => Ok(None),
        Some(11) => Err(FileError::NotPlain),
        Some(12) => Err(FileError::TooLong),
        Some(124 | 137) => Err(FileError::Late(DEADLINE)),
        Some(_) | None => Err(FileError::Git(signed.masked(said(folder)?.trim()))),
    }
}

fn said(folder: &Path) -> io::Result<String> {
    let mut file = fs::File::open(folder.join("said"))?;
    let length = file.metadata()?.len();
    file.seek(SeekFrom::Start(length.saturating_sub(SAID)))?;
    let mut bytes = Vec::new();
    file.take(SAID).read_to_end(&mut bytes)?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

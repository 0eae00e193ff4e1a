//! Runs on the disk.
//!
//! ```text
//! runs/NAME-7/about.json     what it runs, and what for: never changes
//!             run.json       where it stands
//!             workspace/     what stages share
//!             home/          the home of its steps
//!             artifacts/     what is kept of it
//!             archived.json  which life of it the archive has
//!             notices/       what is to be told of it, and what was
//!             stages/STAGE.ATTEMPT/    one attempt: its log, what was evaluated, how it ended
//! numbers/NAME               the last number of a pipeline's runs
//! caches/NAME/CACHE/         kept from run to run
//! remotes/HASH/              what git needs to ask a remote
//! freezes.json               the last good ones
//! triggers.json              what triggers have to know after a restart
//! deployed/                  what each stage applied last
//! lock                       one program at a time
//! ```

mod about;
mod averages;
mod freezes;
mod seen;
mod written;

use std::collections::HashMap;
use std::fs::{self, File, OpenOptions};
use std::hash::Hasher;
use std::io;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use weir_pipeline::Run;

pub use about::About;
pub(crate) use seen::MOST;
pub(crate) use written::{private, private_folder, program, read, write};

use crate::attempt::Attempt;

/// How long somebody who had the folder may have it after his end: a process that he was about to start has his lock until it is another program.
const HANDED_ON: Duration = Duration::from_secs(1);

/// The folder of all runs. While it is there no other program has it.
#[derive(Debug)]
pub struct Store {
    folder: PathBuf,
    /// Held as long as this is; `None`: somebody who only looks.
    _lock: Option<File>,
}

/// Why the store cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// A file cannot be read or written.
    #[error("{}: {error}", path.display())]
    File {
        /// Which.
        path: PathBuf,
        /// What the system says.
        error: io::Error,
    },
    /// Another program has it.
    #[error("{} is in use by another program: end that one, or give another folder with --state", .0.display())]
    Locked(PathBuf),
    /// Nobody can be asked.
    #[error("there is no TLS: {0}")]
    Tls(String),
}

impl Store {
    /// Opens a folder, which is made where there is none.
    ///
    /// # Errors
    /// It cannot be made, or another program has it.
    pub fn open(folder: &Path) -> Result<Self, StoreError> {
        let at = |path: &Path| {
            let path = path.to_owned();
            move |error| StoreError::File { path, error }
        };
        for name in ["runs", "numbers", "caches"] {
            let path = folder.join(name);
            fs::create_dir_all(&path).map_err(at(&path))?;
        }
        // It often lies in the folder of a repository, and is nothing to be committed.
        let path = folder.join(".gitignore");
        fs::write(&path, "*\n").map_err(at(&path))?;
        // Commands run elsewhere, so that what they are told has to be the whole path.
        let folder = folder.canonicalize().map_err(at(folder))?;
        let path = folder.join("lock");
        let lock = OpenOptions::new().create(true).append(true).open(&path).map_err(at(&path))?;
        let begun = Instant::now();
        loop {
            match rustix::fs::flock(&lock, rustix::fs::FlockOperation::NonBlockingLockExclusive) {
                Ok(()) => return Ok(Self { folder, _lock: Some(lock) }),
                Err(rustix::io::Errno::WOULDBLOCK) if begun.elapsed() < HANDED_ON => {
                    std::thread::sleep(Duration::from_millis(20));
                }
                Err(rustix::io::Errno::WOULDBLOCK) => return Err(StoreError::Locked(folder)),
                Err(error) => return Err(StoreError::File { path, error: error.into() }),
            }
        }
    }

    /// A folder to look at, whoever has it.
    #[must_use]
    pub fn look(folder: &Path) -> Self {
        Self { folder: folder.to_owned(), _lock: None }
    }

    /// Makes room for a run, and gives it the next number of its pipeline.
    ///
    /// # Errors
    /// The disk refuses; then nothing is there.
    pub(crate) fn create(&self, about: &About, number: u64) -> Result<String, StoreError> {
        let id = format!("{}-{number}", about.pipeline);
        let folder = self.run(&id);
        let at = |error| StoreError::File { path: folder.clone(), error };
        for name in ["workspace", "home", "artifacts", "stages"] {
            fs::create_dir_all(folder.join(name)).map_err(at)?;
        }
        write(&folder.join("about.json"), about).map_err(at)?;
        Ok(id)
    }

    /// The next number of a pipeline's runs; it never comes again.
    pub(crate) fn next_number(&self, pipeline: &str) -> Result<u64, StoreError> {
        let path = self.folder.join("numbers").join(pipeline);
        let at = |error| StoreError::File { path: path.clone(), error };
        let last: Option<u64> = read(&path).map_err(at)?;
        let next = last.unwrap_or_default().saturating_add(1);
        write(&path, &next).map_err(at)?;
        Ok(next)
    }

    pub(crate) fn save(&self, run: &Run) -> Result<(), StoreError> {
        let path = self.run(&run.id).join("run.json");
        write(&path, run).map_err(|error| StoreError::File { path, error })
    }

    /// Where a run stands; `None` where there is none.
    ///
    /// # Errors
    /// It cannot be read.
    pub fn load(&self, id: &str) -> Result<Option<(About, Run)>, StoreError> {
        let folder = self.run(id);
        let load = || -> io::Result<Option<(About, Run)>> {
            let about = read(&folder.join("about.json"))?;
            let run = read(&folder.join("run.json"))?;
            Ok(about.zip(run))
        };
        load().map_err(|error| StoreError::File { path: folder.clone(), error })
    }

    /// Ids of all runs, with the numbers of each pipeline ascending.
    ///
    /// # Errors
    /// The folder cannot be read.
    pub fn ids(&self) -> Result<Vec<String>, StoreError> {
        let path = self.folder.join("runs");
        let list = || -> io::Result<Vec<String>> {
            let entries = match fs::read_dir(&path) {
                Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
                entries => entries?,
            };
            let names = entries.map(|entry| Ok(entry?.file_name().into_string().ok()));
            Ok(names.collect::<io::Result<Vec<_>>>()?.into_iter().flatten().collect())
        };
        let mut ids = list().map_err(|error| StoreError::File { path: path.clone(), error })?;
        ids.sort_by_cached_key(|id| split(id).map(|(pipeline, number)| (pipeline.to_owned(), number)));
        Ok(ids)
    }

    /// Removes a run with all that is kept of it.
    pub(crate) fn remove(&self, id: &str) -> Result<(), StoreError> {
        let path = self.run(id);
        fs::remove_dir_all(&path).map_err(|error| StoreError::File { path, error })
    }

    /// The runs of each pipeline, the oldest first.
    pub(crate) fn by_pipeline(&self) -> Result<HashMap<String, Vec<String>>, StoreError> {
        let mut all: HashMap<String, Vec<String>> = HashMap::new();
        for id in self.ids()? {
            if let Some((pipeline, _)) = split(&id) {
                all.entry(pipeline.to_owned()).or_default().push(id.clone());
            }
        }
        Ok(all)
    }

    /// Where everything is.
    #[must_use]
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// What stages of a run share.
    #[must_use]
    pub fn workspace(&self, run: &str) -> PathBuf {
        self.run(run).join("workspace")
    }

    /// What is kept of a run.
    #[must_use]
    pub fn artifacts(&self, run: &str) -> PathBuf {
        self.run(run).join("artifacts")
    }

    pub(crate) fn home(&self, run: &str) -> PathBuf {
        self.run(run).join("home")
    }

    /// One attempt of one stage.
    #[must_use]
    pub(crate) fn attempt(&self, key: &weir_pipeline::Key) -> Attempt {
        Attempt::at(self.run(&key.run).join("stages").join(format!("{}.{}", key.stage, key.attempt)))
    }

    /// All caches of a pipeline.
    pub(crate) fn caches(&self, pipeline: &str) -> PathBuf {
        self.folder.join("caches").join(pipeline)
    }

    /// What a stage has applied, by its mark.
    pub(crate) fn deployed(&self, mark: &str) -> PathBuf {
        self.folder.join("deployed").join(format!("{mark}.json"))
    }

    pub(crate) fn cache(&self, pipeline: &str, name: &str) -> PathBuf {
        self.caches(pipeline).join(name)
    }

    /// What git needs to ask a remote. Addresses are long and have slashes: their hash is a name.
    pub(crate) fn remote(&self, url: &str) -> PathBuf {
        let mut hasher = siphasher::sip::SipHasher13::new();
        hasher.write(url.as_bytes());
        self.folder.join("remotes").join(format!("{:016x}", hasher.finish()))
    }

    /// Says what of a run the archive has.
    pub(crate) fn archived(&self, run: &str) -> PathBuf {
        self.run(run).join("archived.json")
    }

    /// What is to be told of a run, a file each.
    pub(crate) fn notices(&self, run: &str) -> PathBuf {
        self.run(run).join("notices")
    }

    pub(crate) fn run(&self, id: &str) -> PathBuf {
        self.folder.join("runs").join(id)
    }
}

/// The pipeline and the number of a run's id.
#[must_use]
pub fn split(id: &str) -> Option<(&str, u64)> {
    let (pipeline, number) = id.rsplit_once('-')?;
    Some((pipeline, number.parse().ok()?))
}

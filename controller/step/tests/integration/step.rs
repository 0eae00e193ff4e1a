//! One step of `sh`, in a folder of its own.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use tempfile::TempDir;
use weir_step::{End, Folder, Order, Standing, look, order::Limits, start};

/// What these steps do takes milliseconds, on a machine that is busy with other tests.
const DEADLINE: Duration = Duration::from_mins(1);

/// Path of the keeper.
pub(crate) fn keeper() -> &'static Path {
    Path::new(env!("CARGO_BIN_EXE_weir-step"))
}

/// A step that may be started.
pub(crate) struct Step {
    pub(crate) folder: Folder,
    pub(crate) order: Order,
    place: TempDir,
}

impl Step {
    /// One that runs a script.
    pub(crate) fn new(script: &str) -> Self {
        let place = tempfile::tempdir().unwrap();
        let directory = place.path().join("workspace");
        fs::create_dir(&directory).unwrap();
        let path = std::env::var("PATH").unwrap();
        let order = Order {
            command: ["sh", "-c", script].map(str::to_owned).to_vec(),
            environment: BTreeMap::from([("PATH".to_owned(), path)]),
            inherits: false,
            directory,
            secrets: Vec::new(),
            limits: Limits { free_bytes: 0, ..Limits::default() },
        };
        Self { folder: Folder::at(place.path().join("runs/1/tests/1")), order, place }
    }

    pub(crate) fn start(&self) {
        start(keeper(), &self.folder, &self.order).unwrap();
    }

    /// Starts it, and waits for its end.
    pub(crate) fn run(&self) -> End {
        self.start();
        self.end()
    }

    /// Waits for its end.
    pub(crate) fn end(&self) -> End {
        self.until("the step ends", || match look(&self.folder).unwrap() {
            Standing::Ended(end) => Some(end),
            Standing::NotStarted | Standing::Running => None,
        })
    }

    pub(crate) fn until<T>(&self, what: &str, look: impl Fn() -> Option<T>) -> T {
        let begun = Instant::now();
        loop {
            if let Some(found) = look() {
                return found;
            }
            assert!(begun.elapsed() < DEADLINE, "not within {DEADLINE:?}: {what}; its log: {}", self.log());
            std::thread::sleep(Duration::from_millis(5));
        }
    }

    /// What it printed so far.
    pub(crate) fn log(&self) -> String {
        fs::read_to_string(self.folder.log()).unwrap_or_default()
    }

    /// A file of its workspace.
    pub(crate) fn file(&self, name: &str) -> PathBuf {
        self.place.path().join("workspace").join(name)
    }

    /// Waits for a file of its workspace with something in it.
    pub(crate) fn written(&self, name: &str) -> String {
        self.until(name, || fs::read_to_string(self.file(name)).ok().filter(|text| text.ends_with('\n')))
    }

    /// Processes that have it in their environment, wherever they hide.
    pub(crate) fn everything_left(&self) -> Vec<u32> {
        let mark = format!("WEIR_STEP={}", self.folder.path().display());
        let processes = fs::read_dir("/proc").unwrap();
        let pids = processes.filter_map(|entry| entry.unwrap().file_name().to_str()?.parse().ok());
        let is_marked = |pid: &u32| {
            let environment = fs::read(format!("/proc/{pid}/environ")).unwrap_or_default();
            environment.split(|byte| *byte == 0).any(|variable| variable == mark.as_bytes())
        };
        pids.filter(is_marked).collect()
    }

    /// Processes whose ids it wrote in a file.
    pub(crate) fn processes(&self, name: &str) -> Vec<u32> {
        self.written(name).split_whitespace().map(|pid| pid.parse().unwrap()).collect()
    }
}

/// Whether a process runs; one that has ended and is not waited for does not.
pub(crate) fn runs(pid: u32) -> bool {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    stat.rsplit_once(") ").is_some_and(|(_, rest)| !rest.starts_with('Z'))
}

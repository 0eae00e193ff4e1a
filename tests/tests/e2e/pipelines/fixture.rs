//! A folder with a pipeline, and `weir pipeline` in it.

use std::fs;
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};

use serde_json::Value;
use tempfile::TempDir;
use weir_tests::eventually::{DEADLINE, pause};
use weir_tests::program::path_of;

pub(super) struct Shop {
    pub(super) folder: TempDir,
}

impl Shop {
    /// A folder whose pipeline `shop` has this `spec`.
    pub(super) fn new(spec: &str) -> Self {
        Self::named("shop", spec)
    }

    /// The same for a pipeline of this name.
    pub(super) fn named(name: &str, spec: &str) -> Self {
        let folder = TempDir::new().unwrap();
        let this = Self { folder };
        let lines: String = spec.lines().map(|line| ["  ", line, "\n"].concat()).collect();
        this.write(
            ".weir/pipeline.yaml",
            &format!(
                "apiVersion: weir.dev/v1alpha1\nkind: Pipeline\nmetadata: {{name: {name}}}\nspec:\n{lines}"
            ),
        );
        this
    }

    pub(super) fn path(&self) -> &Path {
        self.folder.path()
    }

    pub(super) fn write(&self, path: &str, text: &str) {
        let path = self.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    pub(super) fn read(&self, path: &str) -> String {
        fs::read_to_string(self.path().join(path)).unwrap_or_default()
    }

    /// `weir pipeline` with arguments, to its end.
    pub(super) fn weir(&self, args: &[&str]) -> Output {
        self.command(args).output().unwrap()
    }

    /// The same, left alone.
    pub(super) fn start(&self, args: &[&str]) -> Child {
        self.command(args).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap()
    }

    pub(super) fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new(path_of("weir").unwrap());
        command.arg("pipeline").args(args).current_dir(self.path()).env("USER", "ann");
        command
    }

    /// A run as programs read it; `null`, and what was said instead, where there is none.
    pub(super) fn get(&self, run: &str) -> Value {
        let output = self.weir(&["get", run, "--json"]);
        serde_json::from_slice(&output.stdout).unwrap_or_else(|_| {
            println!("   {run}: {}", text(&output));
            Value::Null
        })
    }

    /// Waits until a run is over.
    pub(super) fn over(&self, run: &str) -> Value {
        until(&format!("{run} is over"), || {
            let view = self.get(run);
            view["ended"].is_string().then_some(view)
        })
    }

    /// A stage of a run, by its id.
    pub(super) fn stage(view: &Value, id: &str) -> Value {
        let stages = view["stages"].as_array().unwrap();
        stages.iter().find(|stage| stage["id"] == id).unwrap_or_else(|| panic!("{view:#}")).clone()
    }

    /// `ID Status` of each stage.
    pub(super) fn stages(view: &Value) -> String {
        let stages = view["stages"].as_array().unwrap().iter();
        let shown = stages
            .map(|stage| format!("{} {}", stage["id"].as_str().unwrap(), stage["status"].as_str().unwrap()));
        shown.collect::<Vec<_>>().join(", ")
    }
}

/// What `look` finds, once it does.
pub(super) fn until<T>(what: &str, mut look: impl FnMut() -> Option<T>) -> T {
    let begun = std::time::Instant::now();
    loop {
        if let Some(found) = look() {
            return found;
        }
        assert!(begun.elapsed() < DEADLINE, "{what}: not within {DEADLINE:?}");
        std::thread::sleep(pause(begun.elapsed()));
    }
}

pub(super) fn text(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr)
}

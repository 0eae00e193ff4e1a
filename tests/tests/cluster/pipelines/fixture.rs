//! What a pipeline of an API of Node.js needs of the world: its image, a registry, its repository, its packages, a folder for its state.

use anyhow::Result;
use weir_tests::daemon::installed as program;
use weir_tests::node_sources::Sources;

use super::ci_image;
use super::git::Git;
use super::registry::Registry;
use super::state::State;
use crate::installed::{Installed, say};

/// All of it, ready. Its servers end and its folders go with this value.
pub(super) struct Fixture {
    /// Image of every command.
    pub(super) image: &'static str,
    pub(super) registry: Registry,
    pub(super) git: Git,
    pub(super) sources: Sources,
    pub(super) state: State,
}

impl Fixture {
    /// For the pipeline of this name, whose cache of packages is filled: pods have no way out. `None` where programs are missing, which was said.
    pub(super) fn begin(installed: &'static Installed, pipeline: &str) -> Option<Self> {
        let image = ci_image::loaded(installed)?;
        program("docker-registry", "docker-registry").unwrap()?;
        Some(Self::new(installed, pipeline, image).unwrap())
    }

    fn new(installed: &Installed, pipeline: &str, image: &'static str) -> Result<Self> {
        let registry = Registry::start(installed)?;
        let sources = Sources::new(&registry.base)?;
        let state = State::new(installed.node)?;
        state.fill(&format!("pipelines/caches/{pipeline}/npm"), |cache| sources.keep_packages(cache))?;
        let git = Git::serve(installed, &sources)?;
        say("registry, repository and packages are ready");
        Ok(Self { image, registry, git, sources, state })
    }

    /// Commits everything and pushes it to `branch`; its hash.
    pub(super) fn push(&self, branch: &str, message: &str) -> String {
        self.sources.push(branch, message).unwrap()
    }
}

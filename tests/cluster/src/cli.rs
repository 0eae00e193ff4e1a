//! The command line.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context, Result};
use clap::{Parser, Subcommand};
use weir_cluster::guard::leftovers;
use weir_cluster::inside::Site;
use weir_cluster::{Cluster, Node, binaries, guard, init, inside, prerequisites};

const EXAMPLES: &str = "Examples:
  weir-cluster up
  weir-cluster image target/debug/weir-load --name weir-example:v1 --env WEIR_LOAD_VERSION_NAME=v1";

/// A real one-node Kubernetes on this machine, in namespaces of its own.
#[derive(Debug, Parser)]
#[command(name = "weir-cluster", version, max_term_width = 110, disable_help_subcommand = true, after_help = EXAMPLES)]
pub(crate) struct Args {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// Build Kubernetes' programs into the cache, and install what the machine lacks.
    Build,
    /// Start a cluster, say how to use it, and end it on Ctrl-C.
    Up,
    /// List the clusters that run, by id.
    List,
    /// End a running cluster, and remove what killed ones left.
    Down {
        /// Its id [default: the only one].
        id: Option<u32>,
    },
    /// Make an image of a program, with the libraries that it needs, for a running cluster.
    Image {
        /// The program.
        program: PathBuf,
        /// What pods call the image [default: weir.test/PROGRAM:HASH].
        #[arg(long, value_name = "NAME:TAG")]
        name: Option<String>,
        /// Variable of its environment, NAME=VALUE: one program as several versions. May be given several times.
        #[arg(long, value_name = "NAME=VALUE", requires = "name")]
        env: Vec<String>,
        /// Id of the cluster [default: the only one].
        #[arg(long, value_name = "ID")]
        cluster: Option<u32>,
    },
    /// Run a command in a running cluster's namespaces, from where pods and Services are reached.
    Exec {
        /// Id of the cluster [default: the only one].
        #[arg(long, value_name = "ID")]
        cluster: Option<u32>,
        /// The command.
        #[arg(last = true, required = true)]
        command: Vec<String>,
    },
    /// Stands between the starter and the cluster.
    #[command(hide = true)]
    Guard,
    /// The first process inside.
    #[command(hide = true)]
    Init(Site),
    /// Starts the programs inside.
    #[command(hide = true)]
    Inside(Site),
}

/// Does it, and says what went wrong.
pub(crate) fn main(args: Args) -> ExitCode {
    run(args.action).unwrap_or_else(|error| {
        let _ = writeln!(std::io::stderr(), "weir-cluster: {error:#}");
        ExitCode::FAILURE
    })
}

fn run(action: Action) -> Result<ExitCode> {
    match action {
        Action::Build => {
            prerequisites::ensure()?;
            say(&format!("Kubernetes' programs are in {}", binaries::build()?.display()))?;
        }
        Action::Up => up()?,
        Action::List => list()?,
        Action::Down { id } => down(id)?,
        Action::Image { program, name, env, cluster } => load(&program, name.as_deref(), &env, cluster)?,
        Action::Exec { cluster, command } => return exec(cluster, &command),
        Action::Guard => guard::run()?,
        Action::Init(site) => return init::run(&site),
        Action::Inside(site) => inside::run(&site)?,
    }
    Ok(ExitCode::SUCCESS)
}

fn up() -> Result<()> {
    let cluster = Cluster::fresh()?;
    let own = cluster.own().context("a fresh cluster is our own")?;
    let program = std::env::current_exe()?;
    say(&format!(
        "The cluster {id} is ready; logs are in {folder}.\n\n\
         export KUBECONFIG={kubeconfig}\n\
         export PATH={programs}:$PATH    # kubectl of the same version\n\n\
         {program} image PROGRAM    # an image of a program, for pods\n\
         {program} exec -- COMMAND    # from where pods and Services are reached\n\n\
         Ctrl-C ends it, and nothing of it stays.",
        id = own.guard(),
        folder = own.folder().display(),
        kubeconfig = cluster.kubeconfig().display(),
        programs = binaries::folder()?.display(),
        program = program.display(),
    ))?;
    own.until_it_ends()
}

fn list() -> Result<()> {
    for cluster in leftovers::running() {
        let state = if cluster.init.is_some() { "ready" } else { "starting" };
        say(&format!("{}\t{state}\t{}", cluster.guard, cluster.folder.display()))?;
    }
    Ok(())
}

fn down(id: Option<u32>) -> Result<()> {
    for name in leftovers::sweep()? {
        say(&format!("{name}: removed what it left"))?;
    }
    if id.is_some() || !leftovers::running().is_empty() {
        let cluster = leftovers::find(id)?;
        leftovers::end(&cluster)?;
        say(&format!("{} is ending", cluster.guard))?;
    }
    Ok(())
}

fn load(program: &Path, name: Option<&str>, env: &[String], cluster: Option<u32>) -> Result<()> {
    let node = Node::find(cluster)?;
    let pair =
        |text: &'_ String| text.split_once('=').map(|(name, value)| (name.to_owned(), value.to_owned()));
    let env: Vec<(String, String)> = env
        .iter()
        .map(|text| pair(text).with_context(|| format!("--env {text}: give NAME=VALUE")))
        .collect::<Result<_>>()?;
    let env: Vec<(&str, &str)> = env.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    let name = match name {
        Some(name) => node.load_version(name, program, &env)?,
        None => node.load(program)?,
    };
    say(&name)
}

fn exec(cluster: Option<u32>, command: &[String]) -> Result<ExitCode> {
    let (program, arguments) = command.split_first().context("a command has a program")?;
    let mut command = Node::find(cluster)?.command(program);
    command.args(arguments);
    let status = command.status().context("cannot start nsenter")?;
    let code = status.code().and_then(|code| u8::try_from(code).ok());
    Ok(code.map_or(ExitCode::FAILURE, ExitCode::from))
}

fn say(text: &str) -> Result<()> {
    Ok(writeln!(std::io::stdout(), "{text}")?)
}

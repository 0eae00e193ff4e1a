//! `weir pipeline`: runs on this machine, looked at and asked.
//!
//! ```text
//! run       a run from its file to its end        cancel, restart: by the same runner
//!   hand      whoever has the folder: another program, or a runner of this one
//!   trigger   what is known of the sources here
//!   follow    what happens, as it happens
//! serve     a runner for others
//!   pods      what it has of a cluster
//! ask       what people want of runs: skipped, approved, rejected
//! show      list and get        words: a run as text
//! artifacts images of runs, and where they went
//! logs      what stages printed
//! lint      what is wrong with a file, and what it stands for
//! import    pipelines of other systems as files
//! ```

mod artifacts;
mod ask;
mod directory;
mod follow;
mod hand;
mod import;
mod lint;
mod logs;
mod pods;
mod run;
mod serve;
mod show;
mod trigger;
mod words;

use std::path::Path;
use std::process::ExitCode;

use anyhow::Result;
use weir_outbound::{Smtp, SmtpError};
use weir_process::Stop;
use weir_runner::{Archive, Store};

use crate::args::{ArchiveArgs, NoticeArgs, PipelineCommand};
use crate::{Misconfigured, brief};

/// Does what is asked for.
pub(crate) async fn run(command: PipelineCommand, stop: &mut Stop) -> Result<ExitCode> {
    match command {
        PipelineCommand::Run(args) => run::run(args, stop).await,
        PipelineCommand::Serve(args) => serve::run(args, stop).await,
        PipelineCommand::List(args) => brief(show::list(args), "", stop).await,
        PipelineCommand::Artifacts(args) => brief(artifacts::list(args), "", stop).await,
        PipelineCommand::Get(args) => Box::pin(show::get(args, stop)).await,
        PipelineCommand::Logs(args) => brief(logs::run(args), "", stop).await,
        PipelineCommand::Cancel(args) => run::cancel(args, stop).await,
        PipelineCommand::Restart(args) => run::restart(args, stop).await,
        PipelineCommand::Skip(args) => brief(ask::skip(args), "", stop).await,
        PipelineCommand::Approve(args) => brief(ask::approve(args), "", stop).await,
        PipelineCommand::Reject(args) => brief(ask::reject(args), "", stop).await,
        PipelineCommand::Thaw(args) => brief(ask::thaw(args), "", stop).await,
        PipelineCommand::Judge(args) => brief(ask::judge(args), "", stop).await,
        PipelineCommand::Lint(args) => lint::lint(&args),
        PipelineCommand::Render(args) => lint::render(&args),
        PipelineCommand::Import(command) => import::import(&command),
    }
}

/// Where runs are kept longer than in the folder of all runs.
fn archive(args: &ArchiveArgs) -> Result<Option<Archive>> {
    let opened = args.archive.as_deref().map(Archive::open).transpose();
    Ok(opened.map_err(|error| Misconfigured(format!("--archive: {error}")))?)
}

/// Who sends e-mails.
fn mail(args: &NoticeArgs) -> Result<Option<Smtp>> {
    let Some(url) = &args.smtp else { return Ok(None) };
    let wrong = |option: &str, error: &SmtpError| Misconfigured(format!("{option}: {error}"));
    let mut smtp = Smtp::open(url).map_err(|error| wrong("--smtp", &error))?;
    if let Some(name) = &args.smtp_secret {
        smtp = smtp.with_secret(name).map_err(|error| wrong("--smtp-secret", &error))?;
    }
    if let Some(from) = &args.smtp_from {
        smtp = smtp.with_from(from).map_err(|error| wrong("--smtp-from", &error))?;
    }
    Ok(Some(smtp))
}

/// The runs of a folder, to be looked at.
fn runs(folder: &Path) -> Store {
    Store::look(folder)
}

fn no_run(run: &str, folder: &Path) -> anyhow::Error {
    let folder = folder.display();
    Misconfigured(format!("there is no run {run:?} in {folder}: `weir pipeline list` says which there are"))
        .into()
}

/// Who asks, for whoever looks at it later.
fn user() -> String {
    let known = ["USER", "LOGNAME"].into_iter().find_map(|name| std::env::var(name).ok());
    known.filter(|name| !name.is_empty()).unwrap_or_else(|| "somebody".to_owned())
}

//! `weir kayenta`: answers as Kayenta does, so that who calls Kayenta need not change.

use std::io::{self, Write};
use std::process::ExitCode;

use anyhow::{Context, Result};
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;
use weir_controller::kayenta::{Account, Kayenta, Settings};
use weir_controller::sources::http::Retry;
use weir_directory::StateDirectory;
use weir_process::Stop;

use crate::Misconfigured;
use crate::args::KayentaArgs;
use crate::sources::{self, Named};

/// Serves until it is told to end.
pub(crate) async fn run(args: KayentaArgs, stop: &mut Stop) -> Result<ExitCode> {
    args.log.start();
    let named = Named {
        prometheus: args.prometheus.as_deref(),
        token_file: args.token_file.as_ref(),
        basic_auth_file: args.basic_auth_file.as_ref(),
        sources: args.sources.as_deref(),
    };
    let sources = sources::open(&named, Retry::PATIENT)?;
    let account = |(name, kind): (&str, &str)| Account { name: name.to_owned(), kind: kind.to_owned() };
    let accounts: Vec<Account> = sources.names().map(account).collect();
    let stores = accounts.iter().map(|account| account.name.as_str()).collect::<Vec<_>>().join(", ");
    let settings = Settings { sources, accounts, quirks: args.strict.quirks(), keep: args.keep };
    let listener = TcpListener::bind(args.listen).await;
    let listener = listener.with_context(|| format!("cannot listen on {}", args.listen))?;
    let at = listener.local_addr()?;
    let ends = CancellationToken::new();
    let store =
        StateDirectory::open(&args.state).map_err(|error| Misconfigured(format!("--state {error}")))?;
    let kayenta = Kayenta::open(store, settings, ends.clone())?;
    writeln!(
        io::stdout().lock(),
        "weir kayenta answers on http://{at}, with metrics of {}",
        args.prometheus.unwrap_or(stores)
    )?;
    stop.while_serving(kayenta.serve(listener), &ends).await;
    Ok(ExitCode::SUCCESS)
}

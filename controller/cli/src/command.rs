//! `weir promote | abort | pause | resume | retry | undo | set-weight`: asked of a cluster by an annotation, of this machine by the admin port.

use std::process::ExitCode;

use anyhow::{Context, Result, anyhow};
use weir_api::command::Command;
use weir_controller::admin::{Answer, Said};

use crate::Refused;
use crate::admin::Admin;
use crate::args::{PromoteArgs, SetWeightArgs, TargetArgs};
use crate::end::{End, Named, unanswered};
use crate::form::print;
use crate::progress::words::typed;

/// `weir promote`.
pub(crate) async fn promote(args: PromoteArgs) -> Result<ExitCode> {
    run(args.target, if args.full { Command::PromoteFull } else { Command::Promote }).await
}

/// `weir set-weight`.
pub(crate) async fn set_weight(args: SetWeightArgs) -> Result<ExitCode> {
    run(args.target, Command::SetWeight(args.weight)).await
}

/// Asks for one command and says in one line what was done and what comes next.
pub(crate) async fn run(args: TargetArgs, command: Command) -> Result<ExitCode> {
    let (named, said) = match args.end.find().await? {
        End::Cluster(access) => {
            let named = Named::parse(&args.canary, &access.namespace);
            let last = access.ask(&named, command).await?;
            (named, Said { accepted: last.accepted, message: last.message })
        }
        End::Standalone(admin, namespace) => {
            let named = Named::parse(&args.canary, &namespace);
            let said = ask(admin, &named, command).await?;
            (named, said)
        }
    };
    if !said.accepted {
        let verb = typed(command.verb());
        return Err(Refused(format!("{named}: {verb} is refused: {}", said.message)).into());
    }
    print(&format!("{named}: {}\n", said.message))?;
    Ok(ExitCode::SUCCESS)
}

async fn ask(admin: Admin, named: &Named, command: Command) -> Result<Said> {
    let verb = command.verb();
    let weight = command.weight().map(|share| format!("/{}", share.to_string().trim_end_matches(" %")));
    let weight = weight.unwrap_or_default();
    let path = format!("/v1/canaries/{named}/{verb}{weight}");
    let answer = admin.post(&path).await.map_err(unanswered);
    let verb = typed(verb);
    let answer = answer.with_context(|| format!("cannot {verb} {named}"))?;
    let Answer { answer, canary, events: _ } = serde_json::from_str(&answer)?;
    answer.ok_or_else(|| {
        let problems = canary.map(|canary| canary.problems.join("; ")).unwrap_or_default();
        anyhow!("cannot {verb} {named}: the controller does not follow it: {problems}")
    })
}

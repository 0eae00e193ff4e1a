//! Gates of `SonarQube`: from the file that its scanner leaves to the task, from that to the analysis, and to the gate as of that analysis. A question by the project
//! would be answered with the result of before.

use std::time::Duration;

use http::Method;
use tokio::time::Instant;
use weir_outbound::Question;
use weir_pipeline::event::Fault;
use weir_quality::sonar::address::{self, Asked};
use weir_quality::sonar::project_status;
use weir_quality::sonar::report_task::{self, ReportTask};
use weir_quality::sonar::task::{self, State};
use weir_quality::{Limits, ProjectResult, Source};
use weir_stages::work::Sonar;

use super::{Job, kept};

/// After a web hook, which may come before the task is known to be done, it is asked about so soon, and then ever later.
const SOON: Duration = Duration::from_millis(200);

/// Who is asked, and as whom.
struct Server {
    url: String,
    token: Option<String>,
}

impl Job {
    /// The gate of each project whose scanner left a file.
    pub(super) async fn sonar(&self, sonar: &Sonar) -> Result<Vec<ProjectResult>, Fault> {
        let server = self.server(sonar)?;
        let workspace = self.shared.store.workspace(&self.key.run);
        let files = kept::matching(&workspace, &sonar.reports).map_err(Fault::infrastructure)?;
        if files.is_empty() {
            let globs = sonar.reports.join(", ");
            return Err(Fault::work(format!(
                "no scanner left a file that matches {globs}: scan before, or mend `sonar.reports`"
            )));
        }
        let until = Instant::now() + sonar.within.duration();
        let mut results = Vec::new();
        for path in files {
            let bytes = std::fs::read(workspace.join(&path)).map_err(Fault::infrastructure)?;
            let name = path.to_string_lossy();
            let report =
                report_task::parse(Source::new(&name, &bytes), &Limits::default()).map_err(Fault::work)?;
            results.push(self.project(&server, &report, until, sonar).await?);
        }
        Ok(results)
    }

    async fn project(
        &self,
        server: &Server,
        report: &ReportTask,
        until: Instant,
        sonar: &Sonar,
    ) -> Result<ProjectResult, Fault> {
        let project = &report.project_key;
        if !report.is_of(&server.url) {
            let (scanned, asked) = (&report.server_url, &server.url);
            return Err(Fault::work(format!(
                "{project} was scanned for {scanned}, and {asked} is asked: give the same to both"
            )));
        }
        let waiting = self.shared.analyses.wait_for(&report.ce_task_id, sonar.secret.as_deref());
        let longest = self.shared.options.patience.analysis;
        let mut pause = longest;
        let analysis = loop {
            let answer = self.sonar_says(server, &address::of_task(&server.url, &report.ce_task_id)).await?;
            let task =
                task::parse(Source::new("api/ce/task", &answer), &Limits::default()).map_err(Fault::work)?;
            match task.state {
                State::Success(analysis) => break analysis,
                State::Failed(why) => {
                    return Err(Fault::work(format!("SonarQube could not analyse {project}: {why}")));
                }
                State::Canceled => {
                    return Err(Fault::work(format!("the analysis of {project} was cancelled in SonarQube")));
                }
                State::Pending | State::InProgress if Instant::now() < until => {
                    tokio::select! {
                        () = tokio::time::sleep_until(until.min(Instant::now() + pause)) => {
                            pause = longest.min(pause * 2);
                        }
                        () = waiting.woken() => pause = longest.min(SOON),
                    }
                }
                State::Pending | State::InProgress => {
                    let within = sonar.within;
                    return Err(Fault::infrastructure(format!(
                        "SonarQube has not analysed {project} within {within}"
                    )));
                }
            }
        };
        let url = address::of_gate(&server.url, Asked::Analysis(&analysis));
        let answer = self.sonar_says(server, &url).await?;
        let source = Source::new("api/qualitygates/project_status", &answer);
        project_status::parse(source, project, &Limits::default()).map_err(Fault::work)
    }

    async fn sonar_says(&self, server: &Server, url: &str) -> Result<bytes::Bytes, Fault> {
        let mut question = Question::new(Method::GET, url).map_err(Fault::work)?;
        if let Some(token) = &server.token {
            question = question
                .with_secret("authorization", &format!("Bearer {token}"), token)
                .map_err(Fault::work)?;
        }
        let answer = self.ask(&question, &[]).await?;
        if answer.status.is_success() { Ok(answer.body) } else { Err(Fault::work(question.told(&answer))) }
    }

    /// The server of the stage, or of its secret; never that of the scanner's file, which is in the hands of the build and would get the token.
    fn server(&self, sonar: &Sonar) -> Result<Server, Fault> {
        let find = |key: &str| match &sonar.secret {
            Some(secret) => self.shared.secrets.find(secret, key).map_err(Fault::work),
            None => Ok(None),
        };
        let url = match &sonar.server {
            Some(url) => Some(url.clone()),
            None => find("url")?,
        };
        let url = url.ok_or_else(|| {
            Fault::work("nobody says which SonarQube: give `sonar.server`, or a secret with `url`")
        })?;
        Ok(Server { url, token: find("token")? })
    }
}

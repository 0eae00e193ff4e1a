//! The URLs of the two questions. The token goes into a header: `Authorization: Bearer ...`.

use form_urlencoded::Serializer;

/// Which gate is asked for: exactly one of the three, which SonarQube refuses otherwise.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Asked<'a> {
    /// The gate as it was at an analysis. This is what a pipeline needs.
    Analysis(&'a str),
    /// The main branch's gate of a project, by its id, as it is now.
    ProjectId(&'a str),
    /// A project's gate by its key, as it is now.
    Project(&'a str, Line<'a>),
}

/// Where a project's code is: a branch or a pull request, never both.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Line<'a> {
    /// The main branch.
    Main,
    /// A branch by name.
    Branch(&'a str),
    /// A pull request by its number.
    PullRequest(&'a str),
}

/// Where a task is asked about.
#[must_use]
pub fn of_task(server: &str, task_id: &str) -> String {
    address(server, "api/ce/task", &[("id", task_id)])
}

/// Where a gate is asked about.
#[must_use]
pub fn of_gate(server: &str, asked: Asked<'_>) -> String {
    let path = "api/qualitygates/project_status";
    match asked {
        Asked::Analysis(id) => address(server, path, &[("analysisId", id)]),
        Asked::ProjectId(id) => address(server, path, &[("projectId", id)]),
        Asked::Project(key, Line::Main) => address(server, path, &[("projectKey", key)]),
        Asked::Project(key, Line::Branch(name)) => {
            address(server, path, &[("projectKey", key), ("branch", name)])
        }
        Asked::Project(key, Line::PullRequest(number)) => {
            address(server, path, &[("projectKey", key), ("pullRequest", number)])
        }
    }
}

fn address(server: &str, path: &str, query: &[(&str, &str)]) -> String {
    let query = Serializer::new(String::new()).extend_pairs(query).finish();
    format!("{}/{path}?{query}", server.trim_end_matches('/'))
}

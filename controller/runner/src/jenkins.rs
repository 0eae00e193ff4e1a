//! A Jenkins, asked for the builds of a job and for what they archived: <https://www.jenkins.io/doc/book/using/remote-access-api/>.

use std::time::Duration;

use bytes::Bytes;
use http::header::AUTHORIZATION;
use http::{HeaderValue, Request, StatusCode};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use weir_outbound::authorization;
use weir_outbound::client::{CallError, Client, Limits};
use weir_outbound::secrets::{SecretError, Secrets};
use weir_trigger::poll::jenkins::Job;
use weir_trigger::properties;

/// What is asked of a job, and of its newest builds: a page of a hundred.
const TREE: &str = "nextBuildNumber,builds[number,result,building,url,fullDisplayName,artifacts[fileName,relativePath]]{0,100}";
/// How long one answer may take.
const DEADLINE: Duration = Duration::from_secs(20);
/// Bytes of a job's answer.
const BODY_BYTES: usize = 4 << 20;
/// What may stand in a part of a path as it is.
const PART: AsciiSet = NON_ALPHANUMERIC.remove(b'.').remove(b'-').remove(b'_').remove(b'~');

/// One Jenkins.
#[derive(Debug)]
pub(crate) struct Jenkins<'c> {
    client: &'c Client,
    /// Without a `/` at its end.
    url: String,
    authorization: Option<HeaderValue>,
}

/// Why it does not tell.
#[derive(Debug, thiserror::Error)]
pub(crate) enum JenkinsError {
    /// Nobody knows where it is.
    #[error("{0}: a Jenkins is a secret of its name with `url`, and `username` and `token` where it asks")]
    Unknown(#[from] SecretError),
    /// It is no address.
    #[error("secret {0:?}: `url` is no address: begin it with http:// or https://")]
    NoAddress(String),
    /// Nothing can be called so.
    #[error("{0:?} cannot be asked for")]
    NoPath(String),
    /// There was no answer.
    #[error("{at}: {error}")]
    Call {
        /// Whom.
        at: String,
        /// What went wrong.
        error: CallError,
    },
    /// It answers otherwise.
    #[error("{at} is answered with {status}")]
    Status {
        /// Whom.
        at: String,
        /// Which.
        status: StatusCode,
    },
    /// It is no job.
    #[error("{at} is answered with no job: {error}")]
    Unreadable {
        /// Whom.
        at: String,
        /// What is wrong with it.
        error: serde_json::Error,
    },
}

impl JenkinsError {
    /// Whether another try may end otherwise. A file may be there a moment later than its build has ended.
    pub(crate) fn may_pass(&self) -> bool {
        match self {
            Self::Call { error, .. } => !matches!(error, CallError::TooLong(_)),
            Self::Status { status, .. } => {
                status.is_server_error()
                    || matches!(*status, StatusCode::NOT_FOUND | StatusCode::TOO_MANY_REQUESTS)
            }
            Self::Unknown(_) | Self::NoAddress(_) | Self::NoPath(_) | Self::Unreadable { .. } => false,
        }
    }
}

impl<'c> Jenkins<'c> {
    /// The one that the secret of this name speaks of.
    pub(crate) fn read(client: &'c Client, secrets: &Secrets, name: &str) -> Result<Self, JenkinsError> {
        let url = secrets.find(name, "url")?.unwrap_or_default();
        if !["http://", "https://"].iter().any(|scheme| url.starts_with(scheme)) {
            return Err(JenkinsError::NoAddress(name.to_owned()));
        }
        let password = match secrets.find(name, "token")? {
            Some(token) => Some(token),
            None => secrets.find(name, "password")?,
        };
        let account = secrets.find(name, "username")?.zip(password);
        let authorization =
            account.and_then(|(username, password)| authorization::basic(&username, &password));
        Ok(Self { client, url: url.trim_end_matches('/').to_owned(), authorization })
    }

    /// The newest builds of a job.
    pub(crate) async fn job(&self, job: &str) -> Result<Job, JenkinsError> {
        let tree = utf8_percent_encode(TREE, &PART);
        let at = format!("{}/job/{job}/api/json", self.url);
        let answer = self.get(&at, &format!("{at}?tree={tree}"), BODY_BYTES).await?;
        serde_json::from_slice(&answer).map_err(|error| JenkinsError::Unreadable { at, error })
    }

    /// A file that a build archived. It is asked for here, whatever address the build itself gives: the password is for this server.
    pub(crate) async fn file(&self, job: &str, build: u64, path: &str) -> Result<Bytes, JenkinsError> {
        if path.split('/').any(|part| matches!(part, "" | "." | "..")) {
            return Err(JenkinsError::NoPath(path.to_owned()));
        }
        let parts: Vec<String> =
            path.split('/').map(|part| utf8_percent_encode(part, &PART).to_string()).collect();
        let at = format!("{}/job/{job}/{build}/artifact/{}", self.url, parts.join("/"));
        self.get(&at, &at, properties::MOST_BYTES).await
    }

    async fn get(&self, at: &str, url: &str, body_bytes: usize) -> Result<Bytes, JenkinsError> {
        let mut request = Request::get(url);
        if let Some(authorization) = &self.authorization {
            request = request.header(AUTHORIZATION, authorization);
        }
        let request = request.body(Bytes::new()).map_err(|_invalid| JenkinsError::NoPath(at.to_owned()))?;
        let answer = self.client.call(request, Limits { deadline: DEADLINE, body_bytes }).await;
        let answer = answer.map_err(|error| JenkinsError::Call { at: at.to_owned(), error })?;
        match answer.status {
            StatusCode::OK => Ok(answer.body),
            status => Err(JenkinsError::Status { at: at.to_owned(), status }),
        }
    }
}

//! Words beside a pull request: one comment a stage, which says the newest.
//!
//! A hidden mark tells it from others, so a repeated attempt, or one whose end nobody heard of, finds it and writes over it. Forms: GitHub and Gitea "issue
//! comments", GitLab "merge request notes", Bitbucket Cloud "pull request comments".

use http::Method;
use serde_json::{Map, Value, json};
use weir_notify::words;
use weir_outbound::Question;
use weir_pipeline::event::Fault;
use weir_stages::work::Comment;

use super::forge::{Forge, Repository};
use super::{Ended, Job};
use crate::attempt::Attempt;

/// Comments of a page; a page with less is the last one.
const PAGE: usize = 100;
/// Pages that are looked through, at most.
const MOST_PAGES: usize = 50;
/// Longest comment that all take, characters; Bitbucket's is the shortest.
const LONGEST: usize = 32_000;

impl Job {
    pub(super) async fn comment(&self, attempt: &Attempt, comment: &Comment) -> Result<Ended, Fault> {
        let repository = self.repository(comment.api.as_deref(), &comment.secret)?;
        let number = self.pull_request()?;
        let mark = mark(repository.forge, &format!("weir {}.{}", self.key.run, self.key.stage));
        let text = format!("{}\n\n{mark}", words::cut(&comment.text, LONGEST));
        let body = match repository.forge {
            Forge::GitHub | Forge::Gitea | Forge::GitLab => json!({"body": text}),
            Forge::Bitbucket => json!({"content": {"raw": text}}),
        };
        let found = self.own_comment(&repository, number, &mark).await?;
        let question = match &found {
            Some(id) => repository.question(over(repository.forge), &one(repository.forge, number, id))?,
            None => repository.question(Method::POST, &all(repository.forge, number))?,
        };
        let written = self.answered(&question.with_json(&body), found.is_some()).await?;
        let id = found
            .or_else(|| id(&written))
            .ok_or_else(|| Fault::work("the answer has no id of the comment"))?;
        attempt.note(&format!("comment {id} of pull request {number}")).map_err(Fault::infrastructure)?;
        Ok(Ended::Well(Map::from_iter([
            ("comment".to_owned(), json!(id)),
            ("pullRequest".to_owned(), json!(number)),
        ])))
    }

    /// The number of the pull request that the run is about.
    fn pull_request(&self) -> Result<u64, Fault> {
        let told = self.about.trigger.get("pullRequest");
        let number = told.and_then(|told| told.get("number").or(Some(told))).and_then(Value::as_u64);
        number.ok_or_else(|| {
            Fault::work("the run is about no pull request: its trigger has no `pullRequest`; give the stage a `when` for it")
        })
    }

    /// The comment with this mark, where there is one already.
    async fn own_comment(
        &self,
        repository: &Repository,
        number: u64,
        mark: &str,
    ) -> Result<Option<String>, Fault> {
        let forge = repository.forge;
        for page in 1..=MOST_PAGES {
            let path = format!("{}{}", all(forge, number), query(forge, page));
            let answer = self.answered(&repository.question(Method::GET, &path)?, true).await?;
            let comments = if forge == Forge::Bitbucket { answer.get("values") } else { Some(&answer) };
            let comments = comments
                .and_then(Value::as_array)
                .ok_or_else(|| Fault::work("the answer is no list of comments"))?;
            if let Some(own) = comments.iter().find(|comment| text(forge, comment).contains(mark)) {
                return id(own).map(Some).ok_or_else(|| Fault::work("the comment has no id"));
            }
            // Gitea gives all at once.
            if comments.len() < PAGE || forge == Forge::Gitea {
                return Ok(None);
            }
        }
        Ok(None)
    }

    /// What is answered, if it is good.
    async fn answered(&self, question: &Question, is_same: bool) -> Result<Value, Fault> {
        let answer = if is_same { self.ask_same(question).await? } else { self.ask(question, &[]).await? };
        if !answer.status.is_success() {
            return Err(Fault::work(question.told(&answer)));
        }
        serde_json::from_slice(&answer.body)
            .map_err(|error| Fault::work(format!("{}: no JSON: {error}", question.whom())))
    }
}

/// A mark that nobody sees. Bitbucket shows what is between `<!--` and `-->`, and hides a link that nothing refers to.
fn mark(forge: Forge, text: &str) -> String {
    match forge {
        Forge::GitHub | Forge::GitLab | Forge::Gitea => format!("<!-- {text} -->"),
        Forge::Bitbucket => format!("[//]: # ({text})"),
    }
}

fn all(forge: Forge, number: u64) -> String {
    match forge {
        Forge::GitHub | Forge::Gitea => format!("issues/{number}/comments"),
        Forge::GitLab => format!("merge_requests/{number}/notes"),
        Forge::Bitbucket => format!("pullrequests/{number}/comments"),
    }
}

fn one(forge: Forge, number: u64, id: &str) -> String {
    match forge {
        Forge::GitHub | Forge::Gitea => format!("issues/comments/{id}"),
        Forge::GitLab | Forge::Bitbucket => format!("{}/{id}", all(forge, number)),
    }
}

/// How a comment is written over.
const fn over(forge: Forge) -> Method {
    match forge {
        Forge::GitHub | Forge::Gitea => Method::PATCH,
        Forge::GitLab | Forge::Bitbucket => Method::PUT,
    }
}

fn query(forge: Forge, page: usize) -> String {
    match forge {
        Forge::GitHub | Forge::GitLab => format!("?per_page={PAGE}&page={page}"),
        Forge::Bitbucket => format!("?pagelen={PAGE}&page={page}"),
        Forge::Gitea => String::new(),
    }
}

fn text(forge: Forge, comment: &Value) -> &str {
    let text = if forge == Forge::Bitbucket { comment.pointer("/content/raw") } else { comment.get("body") };
    text.and_then(Value::as_str).unwrap_or_default()
}

fn id(comment: &Value) -> Option<String> {
    Some(comment.get("id")?.as_u64()?.to_string())
}

//! A request -> the call that is meant, and its answer.

use std::collections::BTreeMap;

use bytes::Bytes;
use http::request::Parts;
use http::{Method, Response, StatusCode};
use http_body_util::Full;
use serde::Serialize;
use serde_json::{Value, json};
use weir_judge::netflix::config::{CanaryConfig, JUDGE};
use weir_judge::netflix::judgement::judge;
use weir_judge::netflix::score::ScoreThresholds;
use weir_judge::series;

use super::configs::{self, Given};
use super::document::Asker;
use super::request::{AdHoc, read};
use super::runner::{Wanted, id};
use super::{Kayenta, Refusal, pairs};
use crate::analysis::instant::now;
use weir_serve::respond::{json as answer_json, respond};

type Answer = Result<Response<Full<Bytes>>, Refusal>;

/// Parameters of an address.
struct Parameters(BTreeMap<String, String>);

impl Parameters {
    fn of(head: &Parts) -> Self {
        let query = head.uri.query().unwrap_or_default();
        Self(
            form_urlencoded::parse(query.as_bytes())
                .into_owned()
                .filter(|(_, value)| !value.is_empty())
                .collect(),
        )
    }

    fn get(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str)
    }

    fn needed<T: std::str::FromStr>(&self, name: &str) -> Result<T, Refusal> {
        let value =
            self.get(name).ok_or_else(|| Refusal::Argument(format!("the parameter {name} is missing")))?;
        value.parse().map_err(|_| Refusal::Argument(format!("{name}: {value:?} is no number")))
    }

    fn number(&self, name: &str, default: usize) -> Result<usize, Refusal> {
        if self.get(name).is_none() { Ok(default) } else { self.needed(name) }
    }

    fn asker(&self) -> Asker {
        let get = |name: &str| self.get(name).map(str::to_owned);
        Asker {
            application: get("application").unwrap_or_else(|| "ad-hoc".to_owned()),
            user: None,
            parent_pipeline_execution_id: get("parentPipelineExecutionId"),
            metrics_account_name: get("metricsAccountName"),
            configuration_account_name: get("configurationAccountName"),
            storage_account_name: get("storageAccountName"),
        }
    }
}

#[expect(clippy::unnecessary_wraps, reason = "a call is answered or refused")]
fn ok(value: &impl Serialize) -> Answer {
    Ok(answer_json(StatusCode::OK, value))
}

fn missing(what: &str, id: &str) -> Refusal {
    Refusal::Missing(format!("{what} {id} does not exist"))
}

/// Answers.
pub(super) fn call(served: &Kayenta, head: &Parts, body: &Bytes) -> Answer {
    let parameters = Parameters::of(head);
    let path: Vec<&str> = head.uri.path().split('/').filter(|part| !part.is_empty()).collect();
    match path.as_slice() {
        ["health"] => reads(head, || ok(&json!({"status": "UP"}))),
        ["credentials"] => reads(head, || ok(&served.credentials())),
        ["judges"] => reads(head, || {
            ok(&json!([JUDGE, series::JUDGE].map(|name| json!({"name": name, "visible": true}))))
        }),
        ["judges", "judge"] => writes(head, || served.judge(&parameters)),
        ["canaryConfig"] if head.method == Method::POST => served.create(body),
        ["canaryConfig"] => reads(head, || ok(&served.summaries(parameters.get("application")))),
        ["canaryConfig", id] => served.config(&head.method, id, body),
        ["canary"] => writes(head, || served.execute(&parameters, None, body)),
        ["canary", "executions"] => reads(head, || served.executions(&parameters)),
        ["canary", id] if head.method == Method::POST => served.execute(&parameters, Some(id), body),
        ["canary", id] => {
            reads(head, || ok(&served.shelf.execution(id).ok_or_else(|| missing("Canary execution", id))?))
        }
        ["standalone_canary_analysis"] => writes(head, || served.analyse(&parameters, None, body)),
        ["standalone_canary_analysis", id] if head.method == Method::POST => {
            served.analyse(&parameters, Some(id), body)
        }
        ["standalone_canary_analysis", id] => {
            reads(head, || ok(&served.shelf.analysis(id).ok_or_else(|| missing("Canary analysis", id))?))
        }
        ["metricSetPairList", id] => reads(head, || ok(&served.pairs(id)?)),
        ["metricSetPairList", id, pair] => reads(head, || {
            let all = served.pairs(id)?;
            ok(all.iter().find(|one| one.id == *pair).ok_or_else(|| missing("Metric set pair", pair))?)
        }),
        _ => {
            Err(Refusal::Missing(format!("there is no call {}: see `weir kayenta --help`", head.uri.path())))
        }
    }
}

fn reads(head: &Parts, answer: impl FnOnce() -> Answer) -> Answer {
    if matches!(head.method, Method::GET | Method::HEAD) { answer() } else { Err(Refusal::Method) }
}

fn writes(head: &Parts, answer: impl FnOnce() -> Answer) -> Answer {
    if head.method == Method::POST { answer() } else { Err(Refusal::Method) }
}

impl Kayenta {
    fn credentials(&self) -> Vec<Value> {
        let metrics = self.settings.accounts.iter().map(|account| {
            json!({"name": account.name, "type": account.kind, "supportedTypes": ["METRICS_STORE"]})
        });
        let own = json!({"name": "weir", "type": "file", "supportedTypes": ["CONFIGURATION_STORE", "OBJECT_STORE"]});
        metrics.chain([own]).collect()
    }

    fn summaries(&self, application: Option<&str>) -> Vec<Value> {
        let of = |kept: &Value| application.is_none_or(|application| configs::is_of(kept, application));
        self.shelf.configs().iter().filter(|kept| of(kept)).map(configs::summary).collect()
    }

    fn create(&self, body: &[u8]) -> Answer {
        let given = Given::check(body)?;
        let id = given.id().map_or_else(id, str::to_owned);
        if self.shelf.config(&id).is_some() {
            return Err(Refusal::Argument(format!("Canary config {id} already exists.")));
        }
        self.keep(&id, given, None)
    }

    fn keep(&self, id: &str, given: Given, created_millis: Option<i64>) -> Answer {
        let now = now();
        if !self.shelf.put_config(id, given.kept(id, created_millis.unwrap_or(now), now))? {
            let why = "an id has letters, digits, '-', '_' and '.', and does not begin with a dot";
            return Err(Refusal::Argument(format!("Canary config cannot have the id {id:?}: {why}")));
        }
        ok(&json!({"canaryConfigId": id}))
    }

    fn config(&self, method: &Method, id: &str, body: &[u8]) -> Answer {
        let kept = self.shelf.config(id);
        match *method {
            Method::GET | Method::HEAD => ok(&kept.ok_or_else(|| missing("Canary config", id))?),
            Method::PUT => {
                let given = Given::check(body)?;
                let Some(kept) = kept else {
                    return Err(Refusal::Argument(format!("Canary config '{id}' does not exist.")));
                };
                self.keep(id, given, configs::created(&kept))
            }
            Method::DELETE if self.shelf.remove_config(id)? => {
                Ok(respond(StatusCode::NO_CONTENT, "application/json", Bytes::new()))
            }
            Method::DELETE => Err(missing("Canary config", id)),
            _ => Err(Refusal::Method),
        }
    }

    /// What is to be run: by a stored config, or by the one that comes with it.
    fn wanted(
        &self,
        parameters: &Parameters,
        config_id: Option<&str>,
        body: &[u8],
    ) -> Result<Wanted, Refusal> {
        let asker = parameters.asker();
        self.check_account(asker.metrics_account_name.as_deref())?;
        let Some(id) = config_id else {
            let AdHoc { canary_config: config, execution_request: request } = read(body)?;
            return Ok(Wanted { asker, config_id: None, config, request });
        };
        let config = self.shelf.config(id).ok_or_else(|| missing("Canary config", id))?;
        Ok(Wanted { asker, config_id: Some(id.to_owned()), config, request: read(body)? })
    }

    /// A program that was made for another installation names its accounts: where there is one store, that is meant.
    fn check_account(&self, name: Option<&str>) -> Result<(), Refusal> {
        let accounts = &self.settings.accounts;
        let Some(name) =
            name.filter(|name| accounts.len() > 1 && !accounts.iter().any(|one| one.name == *name))
        else {
            return Ok(());
        };
        let known: Vec<&str> = accounts.iter().map(|one| one.name.as_str()).collect();
        Err(Refusal::Argument(format!("Unable to resolve account {name}: there is {}", known.join(", "))))
    }

    fn execute(&self, parameters: &Parameters, config_id: Option<&str>, body: &[u8]) -> Answer {
        let id = self.runner.execute(self.wanted(parameters, config_id, body)?)?;
        ok(&json!({"canaryExecutionId": id}))
    }

    fn analyse(&self, parameters: &Parameters, config_id: Option<&str>, body: &[u8]) -> Answer {
        let mut wanted = self.wanted(parameters, config_id, body)?;
        wanted.asker.user = Some(parameters.get("user").unwrap_or("anonymous").to_owned());
        let id = self.runner.analyse(wanted)?;
        ok(&json!({"canaryAnalysisExecutionId": id}))
    }

    fn executions(&self, parameters: &Parameters) -> Answer {
        let application = parameters.get("application").unwrap_or("ad-hoc");
        let statuses: Option<Vec<String>> = parameters
            .get("statuses")
            .map(|all| all.split(',').map(|one| one.trim().to_lowercase()).collect());
        let (limit, page) = (parameters.number("limit", 20)?, parameters.number("page", 1)?);
        if limit < 1 || page < 1 {
            return Err(Refusal::Argument("limit and page are at least 1".to_owned()));
        }
        let all = self.shelf.executions().into_iter().filter(|one| {
            one.asker.application == application
                && statuses.as_ref().is_none_or(|all| all.contains(&one.status))
        });
        let skipped = page.saturating_sub(1).saturating_mul(limit);
        ok(&all.skip(skipped).take(limit).collect::<Vec<_>>())
    }

    fn pairs(&self, id: &str) -> Result<Vec<pairs::MetricSetPair>, Refusal> {
        self.shelf.pairs(id)?.ok_or_else(|| missing("Metric set pair list", id))
    }

    /// Judges series that are kept by a config, again.
    fn judge(&self, parameters: &Parameters) -> Answer {
        let config_id: String = parameters.needed("canaryConfigId")?;
        let list: String = parameters.needed("metricSetPairListId")?;
        let thresholds = ScoreThresholds {
            pass: parameters.needed("passThreshold")?,
            marginal: parameters.needed("marginalThreshold")?,
        };
        let config = self.shelf.config(&config_id).ok_or_else(|| missing("Canary config", &config_id))?;
        let config =
            CanaryConfig::parse(&config.to_string()).map_err(|error| Refusal::Argument(error.to_string()))?;
        let kept: Vec<_> = self.pairs(&list)?.iter().map(pairs::pair).collect();
        let judged = judge(&config, &kept, thresholds, self.settings.quirks);
        ok(&judged.map_err(|error| Refusal::Argument(error.to_string()))?)
    }
}

//! Single objects: looked at, changed, removed.

use serde_json::{Map, Value, json};
use weir_deploy::{Named, images};
use weir_pipeline::event::{Fault, News};
use weir_pipeline::span::Span;
use weir_stages::work::{Delete, FindImage, Scale, Undo, Weights};

use super::deploy::{DEFAULT, about};
use super::{Ended, Job, Outputs};
use crate::attempt::Attempt;

/// As proxies read it.
const CANARY_WEIGHT: &str = "weir.dev/canary-weight";
const BASELINE_WEIGHT: &str = "weir.dev/baseline-weight";

impl Job {
    /// Where there is none yet, that is an answer, too: a first release has nothing to compare with.
    pub(super) async fn find_image(&self, find: &FindImage) -> Result<Ended, Fault> {
        let named = deployment(find.namespace.as_deref(), &find.deployment);
        let there = self.objects()?.get(&named).await.map_err(about(&named))?;
        let Some(there) = there else {
            return Ok(Ended::Well(Outputs::from_iter([("found".to_owned(), json!(false))])));
        };
        let all = images::images(&there);
        let wanted = match &find.container {
            Some(container) => all.iter().find(|(name, _)| name == container),
            None => all.first(),
        };
        let (_, image) = wanted.ok_or_else(|| {
            let known: Vec<&str> = all.iter().map(|(name, _)| name.as_str()).collect();
            let asked = find.container.as_deref().unwrap_or("at all");
            Fault::work(format!("{named}: there is no container {asked}: there is {}", known.join(", ")))
        })?;
        let by_name: Map<String, Value> =
            all.iter().map(|(name, image)| (name.clone(), Value::from(image.as_str()))).collect();
        let replicas = there.pointer("/spec/replicas").cloned().unwrap_or_else(|| json!(1));
        let outputs = [
            ("found", json!(true)),
            ("image", json!(image)),
            ("images", json!(by_name)),
            ("replicas", replicas),
        ];
        Ok(Ended::Well(outputs.into_iter().map(|(key, value)| (key.to_owned(), value)).collect()))
    }

    pub(super) async fn scale(&self, attempt: &Attempt, scale: &Scale) -> Result<Ended, Fault> {
        let named = deployment(scale.namespace.as_deref(), &scale.deployment);
        let patch = json!({"spec": {"replicas": scale.replicas}});
        self.changed(attempt, &named, &patch, scale.within).await?;
        Ok(Ended::Well(Outputs::from_iter([("replicas".to_owned(), json!(scale.replicas))])))
    }

    pub(super) async fn undo(&self, attempt: &Attempt, undo: &Undo) -> Result<Ended, Fault> {
        let named = deployment(undo.namespace.as_deref(), &undo.deployment);
        let revisions = self.objects()?.revisions(&named).await.map_err(about(&named))?;
        let known =
            || revisions.iter().map(|(revision, _)| revision.to_string()).collect::<Vec<_>>().join(", ");
        let earlier = match undo.revision {
            Some(revision) => revisions.iter().find(|(known, _)| *known == revision),
            None => revisions.iter().rev().nth(1),
        };
        let (revision, template) =
            match (earlier, attempt.answer::<(u64, Value)>().map_err(Fault::infrastructure)?) {
                // Whoever takes over finds one revision more.
                (_, Some(chosen)) => chosen,
                (Some((revision, template)), None) => (*revision, template.clone()),
                (None, None) => {
                    let asked = undo
                        .revision
                        .map_or("an earlier revision".to_owned(), |one| format!("revision {one}"));
                    return Err(Fault::work(format!("{named}: {asked} is not known: there is {}", known())));
                }
            };
        attempt.write_answer(&(revision, &template)).map_err(Fault::infrastructure)?;
        // Whole: what the later template has and the earlier one has not goes.
        let there = self.objects()?.get(&named).await.map_err(about(&named))?;
        let has = there.as_ref().and_then(|there| there.pointer("/spec/template"));
        let patch = json!({"spec": {"template": replaced(has.unwrap_or(&Value::Null), &template)}});
        self.changed(attempt, &named, &patch, undo.within).await?;
        Ok(Ended::Well(Outputs::from_iter([("revision".to_owned(), json!(revision))])))
    }

    pub(super) async fn delete(&self, attempt: &Attempt, delete: &Delete) -> Result<Ended, Fault> {
        let at = self.objects()?;
        let mut gone = Vec::new();
        for mut named in delete.objects.iter().cloned() {
            named.namespace.get_or_insert_with(|| DEFAULT.to_owned());
            let was_there = at.delete(&named).await.map_err(about(&named))?;
            let what = if was_there { "removed" } else { "was not there:" };
            attempt.note(&format!("{what} {named}")).map_err(Fault::infrastructure)?;
            gone.push(named);
        }
        self.removed(&gone, delete.within).await?;
        Ok(Ended::Well(Outputs::new()))
    }

    pub(super) async fn weights(&self, weights: &Weights) -> Result<Ended, Fault> {
        let named = Named {
            api_version: "v1".to_owned(),
            kind: "Service".to_owned(),
            namespace: Some(weights.namespace.as_deref().unwrap_or(DEFAULT).to_owned()),
            name: weights.service.clone(),
        };
        let mut annotations = Map::from_iter([(CANARY_WEIGHT.to_owned(), json!(weights.canary.to_string()))]);
        annotations
            .extend(weights.baseline.map(|share| (BASELINE_WEIGHT.to_owned(), json!(share.to_string()))));
        let patch = json!({"metadata": {"annotations": annotations}});
        self.objects()?.patch(&named, &patch).await.map_err(about(&named))?;
        Ok(Ended::Well(Outputs::new()))
    }

    /// Changes an object and waits until it is stable.
    async fn changed(
        &self,
        attempt: &Attempt,
        named: &Named,
        patch: &Value,
        within: Span,
    ) -> Result<(), Fault> {
        self.objects()?.patch(named, patch).await.map_err(about(named))?;
        self.settled(attempt, std::slice::from_ref(named), within).await
    }

    /// Waits until these are gone.
    pub(super) async fn removed(&self, objects: &[Named], within: Span) -> Result<(), Fault> {
        let (at, until) = (self.objects()?, self.until(within));
        for named in objects {
            while at.get(named).await.map_err(about(named))?.is_some() {
                if self.shared.now() >= until {
                    return Err(Fault::work(format!("{named}: it is not gone within {within}")));
                }
                self.tell(News::Progress(format!("waits for {named} to be gone"))).await;
                tokio::time::sleep(self.shared.options.patience.look).await;
            }
        }
        Ok(())
    }
}

fn deployment(namespace: Option<&str>, name: &str) -> Named {
    Named::deployment(namespace.unwrap_or(DEFAULT), name)
}

/// A merge patch that makes `wanted` of `has`: what only `has` has is taken away.
fn replaced(has: &Value, wanted: &Value) -> Value {
    let (Some(has), Some(wanted)) = (has.as_object(), wanted.as_object()) else { return wanted.clone() };
    let gone = has.keys().filter(|key| !wanted.contains_key(*key)).map(|key| (key.clone(), Value::Null));
    let stays = wanted
        .iter()
        .map(|(key, value)| (key.clone(), replaced(has.get(key).unwrap_or(&Value::Null), value)));
    Value::Object(gone.chain(stays).collect())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::replaced;

    #[test]
    fn what_only_the_later_one_has_is_taken_away() {
        let has = json!({"a": 1, "b": {"c": 1, "d": 2}, "l": [1, 2]});
        let wanted = json!({"b": {"c": 3}, "l": [1], "e": {"f": 1}});
        assert_eq!(
            replaced(&has, &wanted),
            json!({"a": null, "b": {"c": 3, "d": null}, "l": [1], "e": {"f": 1}})
        );
    }
}

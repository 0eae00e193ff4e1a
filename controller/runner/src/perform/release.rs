//! A release by a Canary, followed to its end. Baseline, weights, judge, promotion, and clean-up in every case are the controller's.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use tokio::time::Instant;
use weir_deploy::canary::{self, Release as Stands};
use weir_deploy::{Named, images};
use weir_pipeline::event::{Blame, Fault, News};
use weir_stages::work::Release;

use super::deploy::{DEFAULT, Images, Written, about};
use super::{Ended, Job, Outputs};
use crate::attempt::Attempt;

/// How often a controller that does not look at a Canary is waited for: in deadlines of a call.
const UNSEEN: u32 = 4;

/// What was found before anything was applied: whoever takes over finds it changed.
#[derive(Debug, Serialize, Deserialize)]
struct Found {
    /// The image that production ran; `None`: nothing ran.
    runs: Option<String>,
}

impl Job {
    pub(super) async fn release(&self, attempt: &Attempt, release: &Release) -> Result<Ended, Fault> {
        let of_deploy = release.deploy.as_ref().and_then(|deploy| deploy.namespace.as_deref());
        let namespace = release.namespace.as_deref().or(of_deploy).unwrap_or(DEFAULT);
        let canary = Named::canary(namespace, &release.canary);
        let begun = tokio::select! {
            begun = self.begun(attempt, release, &canary) => begun?,
            ended = self.until_stopped() => {
                // It may have been named a moment ago, or by whoever was at it before: then there is something to give up.
                let there = self.objects()?.get(&canary).await.map_err(about(&canary))?;
                let called = self.release_name(release);
                if there.is_none_or(|object| still_named(&object, &canary, &called).is_err()) {
                    return Ok(ended);
                }
                None
            }
        };
        match begun {
            Some(outputs) => Ok(Ended::Well(outputs)),
            None => self.followed(attempt, release, &canary).await,
        }
    }

    /// Applies what is to be there, and names the release to the Canary. `Some`: there is nothing more to do.
    async fn begun(
        &self,
        attempt: &Attempt,
        release: &Release,
        canary: &Named,
    ) -> Result<Option<Outputs>, Fault> {
        self.released(release)?;
        let at = self.objects()?;
        let written =
            release.deploy.as_ref().map(|deploy| self.written(deploy)).transpose()?.unwrap_or_default();
        let target = self.target(&written, canary).await?;
        let found = if let Some(found) = attempt.answer::<Found>().map_err(Fault::infrastructure)? {
            found
        } else {
            let found = Found { runs: self.runs(&target, &release.image).await? };
            attempt.write_answer(&found).map_err(Fault::infrastructure)?;
            found
        };
        if let Some(deploy) = &release.deploy {
            let image = found.runs.as_ref().unwrap_or(&release.image);
            let images = bound(self.images(&deploy.images), &release.image, image);
            let prepared = self.prepared(deploy, written, &images)?;
            let applied = self.applied(attempt, &prepared, deploy.force).await?;
            self.settled(attempt, &applied, deploy.within).await?;
        }
        let Some(runs) = found.runs else {
            if release.deploy.is_none() {
                let mend = "say under `deploy` what is applied the first time";
                return Err(Fault::work(format!("{target}: there is none: {mend}")));
            }
            let why =
                format!("{target} was not there: the first version is deployed as it is, without a canary");
            attempt.note(&why).map_err(Fault::infrastructure)?;
            return Ok(Some(outputs("deployed", &why, None, &release.image, canary)));
        };
        let called = self.release_name(release);
        let patch = json!({"spec": {"release": {"image": release.image, "name": called}}});
        at.patch(canary, &patch).await.map_err(about(canary))?;
        let note = format!("{canary}: release {called} of {}; production runs {runs}", release.image);
        attempt.note(&note).map_err(Fault::infrastructure)?;
        Ok(None)
    }

    /// The name of the release: another one for each run, so that what was given up can be tried again.
    fn release_name(&self, release: &Release) -> String {
        release.name.clone().unwrap_or_else(|| self.key.run.clone())
    }

    /// The Deployment that the Canary is about: by its manifest, or as it is there.
    async fn target(&self, written: &Written, canary: &Named) -> Result<Named, Fault> {
        let namespace = canary.namespace.as_deref().unwrap_or(DEFAULT);
        let object = match written.find(canary)? {
            Some(object) => Some(object.clone()),
            None => self.objects()?.get(canary).await.map_err(about(canary))?,
        };
        let missing = || {
            Fault::work(format!(
                "{canary}: there is none: apply one, or put it among the manifests of `deploy`"
            ))
        };
        let object = object.ok_or_else(missing)?;
        let name = object.pointer("/spec/targetRef/name").and_then(Value::as_str);
        let name = name.ok_or_else(|| Fault::work(format!("{canary}: it has no spec.targetRef.name")))?;
        Ok(Named::deployment(namespace, name))
    }

    /// The image that the target runs in the place of the released one.
    async fn runs(&self, target: &Named, image: &str) -> Result<Option<String>, Fault> {
        let there = self.objects()?.get(target).await.map_err(about(target))?;
        let Some(there) = there else { return Ok(None) };
        let images = images::images(&there);
        let same = images.iter().find(|(_, runs)| images::repository(runs) == images::repository(image));
        let runs = same.or_else(|| images.first()).map(|(_, runs)| runs.clone());
        runs.map(Some).ok_or_else(|| Fault::work(format!("{target}: it has no container")))
    }

    async fn followed(&self, attempt: &Attempt, release: &Release, canary: &Named) -> Result<Ended, Fault> {
        let (at, called) = (self.objects()?, self.release_name(release));
        let deadline = self.shared.options.patience.deadline * UNSEEN;
        let (mut asked, mut told, mut since) = (false, String::new(), Instant::now());
        loop {
            if self.cancel.is_cancelled() && !asked {
                at.abort(canary, &called).await.map_err(about(canary))?;
                asked = true;
            }
            let object = match at.get(canary).await {
                Err(fault) if fault.blame == Blame::Infrastructure && since.elapsed() < deadline => {
                    self.pause(asked).await;
                    continue;
                }
                object => object.map_err(about(canary))?,
            };
            let object = object.ok_or_else(|| Fault::work(format!("{canary}: somebody has removed it")))?;
            still_named(&object, canary, &called)?;
            let stands = canary::release(&object, &release.image, &called);
            if stands != Stands::Unseen {
                since = Instant::now();
            }
            match stands {
                Stands::Promoted(why) => {
                    let report = object.pointer("/status/report").and_then(Value::as_str);
                    return Ok(Ended::Well(outputs("promoted", &why, report, &release.image, canary)));
                }
                Stands::Aborted(_) if asked => return Ok(Ended::Stopped),
                Stands::Aborted(why) => {
                    return Err(Fault::work(format!("{canary}: release {called} was aborted: {why}")));
                }
                Stands::Refused(why) => return Err(Fault::work(format!("{canary}: {why}"))),
                Stands::Unseen if since.elapsed() > deadline => {
                    return Err(Fault::infrastructure(format!(
                        "{canary}: no controller has taken it up: does weir-controller run?"
                    )));
                }
                Stands::GoesOn(message) if message != told => {
                    attempt.note(&message).map_err(Fault::infrastructure)?;
                    self.tell(News::Progress(message.clone())).await;
                    told = message;
                }
                Stands::Unseen | Stands::GoesOn(_) => {}
            }
            self.pause(asked).await;
        }
    }

    /// Until the next look; whoever is told to end hears of it at once.
    async fn pause(&self, asked: bool) {
        let pause = tokio::time::sleep(self.shared.options.patience.look);
        if asked {
            pause.await;
        } else {
            tokio::select! {
                () = pause => {}
                () = self.cancel.cancelled() => {}
            }
        }
    }
}

/// `runs` in the place of what is released, which may have a short name of its own in the manifests, whoever named it: the stage, or an artifact of the pipeline.
fn bound(images: Images, released: &str, runs: &str) -> Images {
    let Images { mut given, mut artifacts } = images;
    let name = images::repository(released);
    let named = given.values_mut().chain(artifacts.values_mut());
    named.filter(|image| images::repository(image) == name).for_each(|image| runs.clone_into(image));
    given.insert(name.to_owned(), runs.to_owned());
    Images { given, artifacts }
}

/// Somebody may have named another release meanwhile.
fn still_named(object: &Value, canary: &Named, called: &str) -> Result<(), Fault> {
    match object.pointer("/spec/release/name").and_then(Value::as_str) {
        Some(named) if named == called => Ok(()),
        Some(other) => Err(Fault::work(format!("{canary}: another release was named meanwhile: {other}"))),
        None => Err(Fault::work(format!("{canary}: the release was taken out of it meanwhile"))),
    }
}

fn outputs(result: &str, why: &str, report: Option<&str>, image: &str, canary: &Named) -> Outputs {
    let mut outputs = Outputs::from_iter([("objects".to_owned(), json!([canary.to_string()]))]);
    for (key, value) in
        [("result", Some(result)), ("reason", Some(why)), ("image", Some(image)), ("report", report)]
    {
        outputs.extend(value.map(|value| (key.to_owned(), Value::from(value))));
    }
    outputs
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::{Images, bound};

    #[test]
    fn what_runs_is_put_where_the_released_image_is_named() {
        let map = |pairs: &[(&str, &str)]| -> BTreeMap<String, String> {
            pairs.iter().map(|(name, image)| ((*name).to_owned(), (*image).to_owned())).collect()
        };
        let (released, runs) = ("r.example/team/api@sha256:2", "r.example/team/api@sha256:1");
        let bound = |given: &[(&str, &str)], artifacts: &[(&str, &str)]| {
            let Images { given, artifacts } =
                bound(Images { given: map(given), artifacts: map(artifacts) }, released, runs);
            (given, artifacts)
        };
        assert_eq!(
            bound(&[("side", "side:3")], &[]),
            (map(&[("r.example/team/api", runs), ("side", "side:3")]), map(&[]))
        );
        assert_eq!(
            bound(&[("api", released), ("side", "side:3")], &[]),
            (map(&[("api", runs), ("r.example/team/api", runs), ("side", "side:3")]), map(&[]))
        );
        // Else the new image would take all requests before anybody has compared it.
        assert_eq!(
            bound(&[], &[("api", released), ("side", "side:3")]),
            (map(&[("r.example/team/api", runs)]), map(&[("api", runs), ("side", "side:3")]))
        );
    }
}

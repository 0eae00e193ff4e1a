//! Images for manifests: those that the stage has been given, those that the run counts on, and those that it knows and nobody has bound.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use serde_json::Value;
use weir_deploy::Named;
use weir_deploy::images::{self, repository};
use weir_pipeline::event::Fault;
use weir_stages::Expected;
use weir_stages::work::{Release, Tags};

use crate::artifacts;
use crate::perform::Job;
use crate::view::RunView;

/// Images by the names that manifests have for them.
#[derive(Clone, Debug, Default)]
pub(in crate::perform) struct Images {
    /// The stage's own. One that no object names is a mistake.
    pub(in crate::perform) given: BTreeMap<String, String>,
    /// Those of the pipeline's `artifacts`, where the stage has none of its own. Several stages deploy different things, so that no object has to name one.
    pub(in crate::perform) artifacts: BTreeMap<String, String>,
}

impl Images {
    /// Puts them into an object, and says in `bound` what was put where.
    pub(super) fn bind(&self, object: &mut Value, bound: &mut BTreeMap<String, String>) {
        images::bind_first(object, &[&self.given, &self.artifacts], bound);
    }

    /// What is told of an image that was put somewhere.
    pub(super) fn told(&self, name: &str, reference: &str) -> String {
        let of = if self.given.contains_key(name) { "" } else { ", of the pipeline's artifacts" };
        format!("image {name} is {reference}{of}")
    }

    fn names(&self, image: &str) -> bool {
        [&self.given, &self.artifacts].into_iter().any(|all| images::put(image, all).is_some())
    }
}

/// An image that a stage before has published or found.
#[derive(Debug)]
pub(super) struct Known {
    reference: String,
    /// By which an expression of this stage has it.
    expression: &'static str,
    /// Whether it is what runs somewhere, and not what was made to be there.
    runs: bool,
}

impl Job {
    /// What manifests of this stage get: the pipeline's artifacts beside the images that it is `given`.
    pub(in crate::perform) fn images(&self, given: &BTreeMap<String, String>) -> Images {
        let expected = self.about.definition.artifacts.iter().filter_map(|one| Expected::new(one).ok());
        let reference = |one: Expected| {
            let found = self.run.artifacts.get(&one.name)?.get("image")?.as_str()?.to_owned();
            Some((one.image, found))
        };
        Images { given: given.clone(), artifacts: expected.filter_map(reference).collect() }
    }

    /// Images that the run knows the digests of, by their repositories: of the stages that have certainly ended by now, so that no attempt depends on who was faster.
    pub(super) fn known(&self, tags: Tags) -> BTreeMap<String, Known> {
        if tags == Tags::Allow {
            return BTreeMap::new();
        }
        let before: BTreeSet<&str> = self.plan.graph().before(&self.key.stage).into_iter().collect();
        let run = RunView::new(&self.about, &self.run, &HashMap::new(), &|_| None);
        let all = artifacts::of_run(&run).into_iter().filter(|one| before.contains(one.stage.as_str()));
        let known = all.map(|one| {
            let expression = if one.found { "${ image }" } else { "${ image }@${ digest }" };
            let runs = run.stages.iter().any(|stage| stage.id == one.stage && stage.kind == "findImage");
            (one.name.clone(), Known { reference: one.image(), expression, runs })
        });
        known.collect()
    }

    /// A release of a tag of which the run knows better. What production runs, in whose place it is put, says nothing of it.
    pub(in crate::perform) fn released(&self, release: &Release) -> Result<(), Fault> {
        let (image, known) = (&release.image, self.known(release.tags));
        match known.get(repository(image)) {
            Some(Known { reference, expression, runs: false }) if !image.contains('@') => {
                Err(Fault::work(format!(
                    "it releases {image} although this run knows {reference}: say image: '{expression}'; `tags: allow` leaves it as it is"
                )))
            }
            _ => Ok(()),
        }
    }
}

/// What is wrong with an object that names an image by its tag although the run knows what it is.
pub(super) fn loose(
    place: &str,
    named: &Named,
    object: &Value,
    images: &Images,
    known: &BTreeMap<String, Known>,
) -> Vec<String> {
    let mut found = Vec::new();
    for (_, image) in images::images(object) {
        let name = repository(&image);
        let Some(Known { reference, expression, .. }) = known.get(name) else { continue };
        if image.contains('@') || images.names(&image) {
            continue;
        }
        let last = name.rsplit('/').next().unwrap_or(name);
        found.push(format!(
            "{place}: {named} runs {image} although this run knows {reference}: add images: {{{last}: '{expression}'}}, or declare it in artifacts; \
             `tags: allow` leaves it as it is"
        ));
    }
    found
}

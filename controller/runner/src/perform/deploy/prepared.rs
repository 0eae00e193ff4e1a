//! From files and the stage's own objects to what is applied.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;

use serde_json::Value;
use weir_deploy::{Named, images, manifest, order, owner};
use weir_expression::{Limits, evaluate_all, yaml_documents};
use weir_pipeline::event::Fault;
use weir_stages::work::Deploy;

use super::DEFAULT;
use super::bound::{self, Images};
use crate::perform::{Job, kept};

/// Largest file, bytes: an object of Kubernetes holds 1.5 million.
const MOST: u64 = 4 << 20;

/// What is applied.
#[derive(Debug)]
pub(in crate::perform) struct Prepared {
    /// In the order in which it is applied.
    pub(in crate::perform) objects: Vec<Value>,
    /// Images that were put somewhere, by their names.
    pub(in crate::perform) bound: BTreeMap<String, String>,
    /// The same for people.
    pub(in crate::perform) notes: Vec<String>,
}

/// Objects as they are written, in files and in the stage, with a namespace each.
#[derive(Debug, Default)]
pub(in crate::perform) struct Written {
    objects: Vec<(String, Named, Value)>,
    /// What is wrong with them, with its place.
    wrong: Vec<String>,
}

impl Written {
    /// The object of this name.
    ///
    /// # Errors
    /// It is not among those that can be read, and others cannot be.
    pub(in crate::perform) fn find(&self, named: &Named) -> Result<Option<&Value>, Fault> {
        match self.objects.iter().find(|(_, other, _)| other == named) {
            Some((_, _, object)) => Ok(Some(object)),
            None if self.wrong.is_empty() => Ok(None),
            None => Err(Fault::work(self.wrong.join("\n"))),
        }
    }
}

impl Job {
    /// Reads everything. What is wrong with it is told once more is known: see [`Job::prepared`].
    pub(in crate::perform) fn written(&self, deploy: &Deploy) -> Result<Written, Fault> {
        let (mut objects, mut wrong) = (Vec::new(), Vec::new());
        let stated = deploy.objects.iter().cloned().flat_map(manifest::objects);
        for (place, mut object) in self
            .read(deploy, &mut wrong)?
            .into_iter()
            .chain(stated.enumerate().map(|(index, object)| (format!("objects[{index}]"), object)))
        {
            manifest::put_into(&mut object, deploy.namespace.as_deref().unwrap_or(DEFAULT));
            match Named::of(&object) {
                Ok(named) => objects.push((place, named, object)),
                Err(error) => wrong.push(format!("{place}: {error}")),
            }
        }
        for (index, (place, named, _)) in objects.iter().enumerate() {
            if let Some((first, _, _)) = objects.iter().take(index).find(|(_, other, _)| other == named) {
                wrong.push(format!("{place}: {named} is in {first} too: leave it out in one of the two"));
            }
        }
        if objects.is_empty() && wrong.is_empty() {
            wrong.push(format!(
                "{}: no file matches, or those that do have no object",
                deploy.manifests.join(", ")
            ));
        }
        Ok(Written { objects, wrong })
    }

    /// Makes it ready, with these images bound. All that is wrong is told at once, and nothing is applied then.
    pub(in crate::perform) fn prepared(
        &self,
        deploy: &Deploy,
        written: Written,
        images: &Images,
    ) -> Result<Prepared, Fault> {
        let Written { objects, mut wrong } = written;
        let known = self.known(deploy.tags);
        for (place, named, object) in &objects {
            wrong.extend(bound::loose(place, named, object, images, &known));
        }
        let mut bound = BTreeMap::new();
        let mut objects: Vec<Value> = objects.into_iter().map(|(_, _, object)| object).collect();
        for object in &mut objects {
            images.bind(object, &mut bound);
            owner::mark(object, &self.mark(), &self.key.run);
        }
        // A manifest may name the image itself, by an expression.
        let there: BTreeSet<String> =
            objects.iter().flat_map(images::images).map(|(_, image)| image).collect();
        let is_any = !objects.is_empty();
        let nowhere = images.given.iter().filter(|(_, image)| is_any && !there.contains(*image));
        wrong.extend(nowhere.map(|(name, _)| format!("images.{name}: no object has an image of this name")));
        if !wrong.is_empty() {
            return Err(Fault::work(wrong.join("\n")));
        }
        order::sort(&mut objects);
        let notes = bound.iter().map(|(name, reference)| images.told(name, reference)).collect();
        Ok(Prepared { objects, bound, notes })
    }

    /// Objects of the files, with their places; what is wrong with files is added to `wrong`.
    fn read(&self, deploy: &Deploy, wrong: &mut Vec<String>) -> Result<Vec<(String, Value)>, Fault> {
        let workspace = self.shared.store.workspace(&self.key.run);
        let mut read = Vec::new();
        if deploy.manifests.is_empty() {
            return Ok(read);
        }
        for path in kept::matching(&workspace, &deploy.manifests).map_err(Fault::infrastructure)? {
            let place = path.display().to_string();
            let path = workspace.join(path);
            if path.metadata().map_err(Fault::infrastructure)?.len() > MOST {
                wrong.push(format!("{place}: it has more than {MOST} bytes: make several files"));
                continue;
            }
            let bytes = fs::read(path).map_err(Fault::infrastructure)?;
            let documents = match str::from_utf8(&bytes).map(|text| yaml_documents(text, &Limits::default()))
            {
                Ok(Ok(documents)) => documents,
                Ok(Err(error)) => {
                    wrong.push(format!("{place}: {error}"));
                    continue;
                }
                Err(error) => {
                    wrong.push(format!("{place}: it is no text in UTF-8: {error}"));
                    continue;
                }
            };
            for document in documents {
                match self.evaluated_document(deploy, document) {
                    Ok(document) => {
                        read.extend(
                            manifest::objects(document).into_iter().map(|object| (place.clone(), object)),
                        );
                    }
                    Err(error) => wrong.push(format!("{place}: {error}")),
                }
            }
        }
        Ok(read)
    }

    fn evaluated_document(&self, deploy: &Deploy, document: Value) -> Result<Value, String> {
        if !deploy.expressions {
            return Ok(document);
        }
        let mut scope = self.seen().scope(&self.key.stage, self.shared.now());
        for (name, value) in &deploy.values {
            scope = scope.with(name, value);
        }
        let evaluated = evaluate_all(&document, &scope, &Limits::default());
        evaluated
            .map(|evaluated| evaluated.value)
            .map_err(|error| format!("{error}; `expressions: false` leaves all files as they are written"))
    }
}

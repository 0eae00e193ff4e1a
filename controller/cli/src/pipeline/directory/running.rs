//! What runs the images that objects name.

use std::path::PathBuf;

use anyhow::anyhow;
use serde_json::Value;
use weir_deploy::{Named, images};
use weir_pipeline::event::Fault;

use super::{DirectoryObjects, unpacked};

impl DirectoryObjects {
    /// Has something run each image of a registry that an object, or a change of one, names.
    pub(super) async fn run_images(&self, object: &Value) -> Result<(), Fault> {
        let released = object.pointer("/spec/release/image").and_then(Value::as_str).map(str::to_owned);
        let named = images::images(object).into_iter().map(|(_, image)| image).chain(released);
        let named: Vec<String> = named.filter(|image| unpacked::is_of_registry(image)).collect();
        if named.is_empty() {
            return Ok(());
        }
        let _one_at_a_time = self.unpacking.lock().await;
        let mut of_people = self.all().map_err(Fault::infrastructure)?;
        of_people.retain(|(_, object)| is_local_image(object) && unpacked::unpacks(object).is_none());
        let runs = |object: &Value, image: &str| {
            object.pointer("/spec/image").and_then(Value::as_str) == Some(image)
        };
        for image in named {
            if of_people.iter().any(|(_, object)| runs(object, &image)) {
                continue;
            }
            let local_image = unpacked::local_image(&self.images(), &image).await?;
            self.applied(&local_image)?;
            self.forget_images(&image).map_err(Fault::infrastructure)?;
        }
        Ok(())
    }

    /// Removes what is unpacked of images that neither an object nor a pod nor a release names any more.
    fn forget_images(&self, but: &str) -> anyhow::Result<()> {
        let (unpacked, others): (Vec<_>, Vec<_>) = (self.all()?.into_iter())
            .partition(|(_, object)| is_local_image(object) && unpacked::unpacks(object).is_some());
        let mut texts: Vec<String> = others.into_iter().map(|(_, object)| object.to_string()).collect();
        for file in ["objects", "pods"].map(|folder| self.state.list(folder)) {
            for file in file? {
                texts.extend(self.state.read::<Value>(&file)?.map(|object| object.to_string()));
            }
        }
        for (_, object) in &unpacked {
            let Some(image) = unpacked::unpacks(object).filter(|image| *image != but) else { continue };
            if !texts.iter().any(|text| text.contains(image)) {
                self.removed(&Named::of(object)?).map_err(|fault| anyhow!(fault.message))?;
                unpacked::remove(&self.images(), image)?;
            }
        }
        Ok(())
    }

    fn images(&self) -> PathBuf {
        self.state.root().join("images")
    }
}

fn is_local_image(object: &Value) -> bool {
    object.get("kind").and_then(Value::as_str) == Some("LocalImage")
}

#[cfg(test)]
mod tests {
    use serde_json::json;
    use weir_deploy::Named;

    use super::super::{DirectoryObjects, unpacked};

    #[test]
    fn what_is_unpacked_goes_when_neither_an_object_nor_a_pod_nor_a_release_names_it() {
        let folder = tempfile::tempdir().unwrap();
        let state = folder.path().join(".state");
        let objects = DirectoryObjects::open(folder.path(), &state).unwrap();
        let image = |version: &str| format!("127.0.0.1:5000/shop@sha256:{version}");
        let local = |version: &str| {
            let named = unpacked::name(&image(version));
            json!({"apiVersion": "weir.dev/v1alpha1", "kind": "LocalImage", "metadata": {"name": named, "namespace": "default"}, "spec": {"image": image(version)}})
        };
        for version in ["deployed", "runs", "released", "new", "old"] {
            objects.applied(&local(version)).unwrap();
        }
        let deployment = json!({"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "shop", "namespace": "a"},
            "spec": {"template": {"spec": {"containers": [{"name": "shop", "image": image("deployed")}]}}}});
        objects.applied(&deployment).unwrap();
        objects.state.write("pods/a.json", &json!({"containers": [{"image": image("runs")}]})).unwrap();
        let canary = json!({"status": {"stable": {"image": image("released")}}});
        objects.state.write("objects/canary.a.shop.json", &canary).unwrap();
        objects.forget_images(&image("new")).unwrap();
        let is_there = |version: &str| {
            let named = Named::of(&local(version)).unwrap();
            objects.own(&named).unwrap().is_some()
        };
        assert!(["deployed", "runs", "released", "new"].into_iter().all(is_there));
        assert!(!is_there("old"));
    }
}

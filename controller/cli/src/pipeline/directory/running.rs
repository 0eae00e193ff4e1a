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
        let _one_at_a_time = self.unpacking.lock().await;
        for image in named.filter(|image| unpacked::is_of_registry(image)) {
            let all = self.all().map_err(Fault::infrastructure)?;
            let of_people = |object: &Value| {
                let is_it = object.pointer("/spec/image").and_then(Value::as_str) == Some(&image);
                is_it && is_local_image(object) && unpacked::unpacks(object).is_none()
            };
            if all.iter().any(|(_, object)| of_people(object)) {
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

//! Secrets of the namespace as the runner's folder of secrets.
//!
//! Only those with the label `weir.dev/for-pipelines: "true"`: whoever may write a pipeline shall not read the others by it. The folder has to be memory.

use std::io;
use std::path::PathBuf;

use futures_util::StreamExt;
use k8s_openapi::api::core::v1::Secret;
use kube::Client;
use kube::runtime::watcher::{Config, Event};

use crate::events::events;
use crate::files;

/// Label of Secrets that pipelines may name, with the value `true`.
pub(crate) const LABEL: &str = "weir.dev/for-pipelines";

/// A folder with the secrets of a namespace.
#[derive(Debug)]
pub struct Secrets {
    folder: PathBuf,
    /// Names that were listed so far, while they are listed anew.
    listed: Vec<String>,
}

impl Secrets {
    /// In this folder, which is made.
    ///
    /// # Errors
    /// It cannot be made.
    pub fn new(folder: PathBuf) -> io::Result<Self> {
        files::folder(&folder)?;
        Ok(Self { folder, listed: Vec::new() })
    }

    /// Keeps the folder up to date, for ever; `listed` is told once all are there.
    pub async fn keep(mut self, client: &Client, namespace: &str, mut listed: impl FnMut() + Send) {
        let of = Config::default().labels(&format!("{LABEL}=true"));
        let mut events = events(client, namespace, of);
        while let Some(event) = events.next().await {
            let is_whole = matches!(event, Event::InitDone);
            // Never the error's object: it has the values.
            if let Err(error) = self.hear(event) {
                tracing::error!(folder = %self.folder.display(), %error, "a secret cannot be written");
            }
            if is_whole {
                listed();
            }
        }
    }

    fn hear(&mut self, event: Event<Secret>) -> io::Result<()> {
        match event {
            Event::Init => self.listed.clear(),
            Event::InitApply(secret) => {
                self.listed.extend(secret.metadata.name.clone());
                self.write(&secret)?;
            }
            Event::InitDone => {
                for name in files::names(&self.folder)?.iter().filter(|name| !self.listed.contains(name)) {
                    files::remove(&self.folder.join(name))?;
                }
            }
            Event::Apply(secret) => self.write(&secret)?,
            Event::Delete(secret) => {
                files::remove(&self.folder.join(secret.metadata.name.unwrap_or_default()))?;
            }
        }
        Ok(())
    }

    /// The API server lets names and keys be nothing but file names: letters, digits, `-`, `_` and `.`.
    fn write(&self, secret: &Secret) -> io::Result<()> {
        let Some(name) = &secret.metadata.name else { return Ok(()) };
        let folder = self.folder.join(name);
        files::folder(&folder)?;
        let data = secret.data.iter().flatten();
        for (key, value) in data {
            files::put(&folder.join(key), &value.0)?;
        }
        let has = |key: &String| secret.data.as_ref().is_some_and(|data| data.contains_key(key));
        for key in files::names(&folder)?.iter().filter(|key| !has(key)) {
            files::remove(&folder.join(key))?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use k8s_openapi::api::core::v1::Secret;
    use kube::runtime::watcher::Event;
    use serde_json::json;

    use super::Secrets;

    fn secret(name: &str, data: &[(&str, &str)]) -> Secret {
        let data: Vec<(String, Vec<u8>)> =
            data.iter().map(|(key, value)| ((*key).to_owned(), value.as_bytes().to_vec())).collect();
        let mut secret: Secret = serde_json::from_value(json!({"metadata": {"name": name}})).unwrap();
        secret.data =
            Some(data.into_iter().map(|(key, value)| (key, k8s_openapi::ByteString(value))).collect());
        secret
    }

    #[test]
    fn the_folder_has_what_the_cluster_has() {
        let folder = tempfile::tempdir().unwrap();
        let read = |path: &str| fs::read_to_string(folder.path().join("secrets").join(path)).ok();
        let mut secrets = Secrets::new(folder.path().join("secrets")).unwrap();
        secrets.hear(Event::Apply(secret("git", &[("username", "ann"), ("password", "p")]))).unwrap();
        secrets.hear(Event::Apply(secret("git", &[("password", "q")]))).unwrap();
        assert_eq!((read("git/username"), read("git/password").as_deref()), (None, Some("q")));
        // Listed anew, after a time in which nothing was heard.
        secrets.hear(Event::Init).unwrap();
        secrets.hear(Event::InitApply(secret("hooks", &[("secret", "s")]))).unwrap();
        assert!(read("git/password").is_some(), "not before all are known");
        secrets.hear(Event::InitDone).unwrap();
        assert_eq!((read("git/password"), read("hooks/secret").as_deref()), (None, Some("s")));
        secrets.hear(Event::Delete(secret("hooks", &[]))).unwrap();
        assert_eq!(read("hooks/secret"), None);
    }
}

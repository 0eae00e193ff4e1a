//! Where the series are. What opens a store is in files beside the attempt, for its owner only, and only as long as the judge runs: it takes secrets by files.

use std::fs;
use std::path::Path;

use weir_outbound::secrets::Secrets;
use weir_pipeline::event::Fault;
use weir_stages::work::{Metrics, SecretKey};

use crate::store;

/// The value of a secret that lists stores.
const SOURCES: &str = "sources.yaml";
/// The folder of files from secrets.
const FOLDER: &str = "stores";

/// The judge's arguments, and what its log must not have.
pub(super) struct Stores {
    pub(super) arguments: Vec<String>,
    pub(super) secrets: Vec<String>,
}

/// Those that the stage names.
pub(super) fn of(
    metrics: &Metrics,
    secrets: &Secrets,
    workspace: &Path,
    folder: &Path,
) -> Result<Stores, Fault> {
    let Metrics { url, secret, sources, choose: _ } = metrics;
    if let Some(path) = sources {
        let file = workspace.join(path);
        if !file.is_file() {
            return Err(Fault::work(format!(
                "there is no {path} in the workspace: check the sources out before, or name a `secret` with {SOURCES}"
            )));
        }
        return Ok(Stores { arguments: option("--sources", &file), secrets: Vec::new() });
    }
    let Some(name) = secret else {
        let arguments = url.iter().flat_map(|url| ["--prometheus".to_owned(), url.clone()]).collect();
        return Ok(Stores { arguments, secrets: Vec::new() });
    };
    let folder = folder.join(FOLDER);
    fs::create_dir_all(&folder).map_err(Fault::infrastructure)?;
    let find = |key: &str| secrets.find(name, key).map_err(Fault::work);
    if url.is_none() && find(SOURCES)?.is_some() {
        return listed(secrets, name, &folder);
    }
    let Some(url) = url.clone().or(find("url")?) else {
        return Err(Fault::work(format!(
            "secret {name:?} has neither `url` nor {SOURCES}, and the stage no `metrics.url`: nobody says where the series are"
        )));
    };
    let (option_name, opens) = match (find("token")?, find("username")?.zip(find("password")?)) {
        (Some(token), _) => ("--token-file", Some((token.clone(), vec![token]))),
        (None, Some((username, password))) => {
            ("--basic-auth-file", Some((format!("{username}:{password}"), vec![password])))
        }
        (None, None) => ("", None),
    };
    let mut stores = Stores { arguments: vec!["--prometheus".to_owned(), url], secrets: Vec::new() };
    if let Some((text, hidden)) = opens {
        let file = folder.join("opens");
        store::private(&file, &text).map_err(Fault::infrastructure)?;
        stores.arguments.extend(option(option_name, &file));
        stores.secrets = hidden;
    }
    Ok(stores)
}

/// A list of stores, with the files that it names beside it.
fn listed(secrets: &Secrets, name: &str, folder: &Path) -> Result<Stores, Fault> {
    let mut hidden = Vec::new();
    for key in secrets.keys(name).map_err(Fault::work)? {
        let value =
            secrets.value(&SecretKey { name: name.to_owned(), key: key.clone() }).map_err(Fault::work)?;
        store::private(&folder.join(&key), &value).map_err(Fault::infrastructure)?;
        if key != SOURCES && !value.is_empty() {
            hidden.push(value);
        }
    }
    Ok(Stores { arguments: option("--sources", &folder.join(SOURCES)), secrets: hidden })
}

/// Removes what opened stores.
pub(super) fn forget(folder: &Path) {
    let _gone = fs::remove_dir_all(folder.join(FOLDER));
}

fn option(name: &str, path: &Path) -> Vec<String> {
    vec![name.to_owned(), path.to_string_lossy().into_owned()]
}

//! What an address stands for.

use std::path::{Path as File, absolute};
use std::sync::Arc;
use std::time::Duration;

use object_store::aws::AmazonS3Builder;
use object_store::azure::MicrosoftAzureBuilder;
use object_store::gcp::GoogleCloudStorageBuilder;
use object_store::local::LocalFileSystem;
use object_store::path::Path;
use object_store::{BackoffConfig, ObjectStore, ObjectStoreScheme, RetryConfig};
use url::Url;

use crate::client::Hyper;

/// Why there is no store at an address.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// It says nothing that is known.
    #[error(
        "{0:?} is no address of a store: give a directory, file:///DIR, s3://BUCKET/PREFIX, gs://BUCKET/PREFIX or az://CONTAINER/PREFIX"
    )]
    Address(String),
    /// It is shown, and would be shown with what is secret.
    #[error(
        "an address has no user and no password: give them by variables of the environment (AWS_, GOOGLE_ or AZURE_)"
    )]
    Secret,
    /// The directory.
    #[error("{path}: {error}")]
    Directory {
        /// Which.
        path: String,
        /// What the system says.
        error: std::io::Error,
    },
    /// What the environment says about it.
    #[error("{address}: {error}")]
    Options {
        /// Which.
        address: String,
        /// What is wrong or missing.
        error: object_store::Error,
    },
}

/// A store, and where in it objects begin.
pub(crate) type Place = (Arc<dyn ObjectStore>, Path);

/// Finds the store of an address. `variables` are those of the environment.
pub(crate) fn place(address: &str, variables: &[(String, String)]) -> Result<Place, OpenError> {
    if !address.contains("://") {
        return directory(File::new(address));
    }
    let unknown = || OpenError::Address(address.to_owned());
    let url = Url::parse(address).map_err(|_| unknown())?;
    if url.password().is_some() || url.query().is_some() {
        return Err(OpenError::Secret);
    }
    let (scheme, path) = ObjectStoreScheme::parse(&url).map_err(|_| unknown())?;
    let wrong = |error| OpenError::Options { address: address.to_owned(), error };
    let store = match scheme {
        ObjectStoreScheme::Local => return directory(&url.to_file_path().map_err(|()| unknown())?),
        ObjectStoreScheme::AmazonS3 => s3(&url, variables).map_err(wrong)?,
        ObjectStoreScheme::GoogleCloudStorage => google(&url, variables).map_err(wrong)?,
        ObjectStoreScheme::MicrosoftAzure => azure(&url, variables).map_err(wrong)?,
        ObjectStoreScheme::Memory | ObjectStoreScheme::Http | _ => return Err(unknown()),
    };
    Ok((store, path))
}

fn directory(path: &File) -> Result<Place, OpenError> {
    let at = |error| OpenError::Directory { path: path.display().to_string(), error };
    let path = absolute(path).map_err(at)?;
    std::fs::create_dir_all(&path).map_err(at)?;
    let store = LocalFileSystem::new_with_prefix(&path);
    let wrong = |error| OpenError::Options { address: path.display().to_string(), error };
    // What is in it may be gone from everywhere else.
    Ok((Arc::new(store.map_err(wrong)?.with_fsync(true)), Path::default()))
}

fn s3(url: &Url, variables: &[(String, String)]) -> object_store::Result<Arc<dyn ObjectStore>> {
    let mut builder = AmazonS3Builder::new();
    for (name, value) in of("AWS_", variables) {
        if let Ok(key) = name.parse() {
            builder = builder.with_config(key, value);
        }
    }
    let builder = builder.with_url(url.as_str()).with_http_connector(Hyper).with_retry(patience());
    Ok(Arc::new(builder.build()?))
}

fn google(url: &Url, variables: &[(String, String)]) -> object_store::Result<Arc<dyn ObjectStore>> {
    let mut builder = GoogleCloudStorageBuilder::new();
    for (name, value) in of("GOOGLE_", variables) {
        if let Ok(key) = name.parse() {
            builder = builder.with_config(key, value);
        }
    }
    let builder = builder.with_url(url.as_str()).with_http_connector(Hyper).with_retry(patience());
    Ok(Arc::new(builder.build()?))
}

fn azure(url: &Url, variables: &[(String, String)]) -> object_store::Result<Arc<dyn ObjectStore>> {
    let mut builder = MicrosoftAzureBuilder::new();
    for (name, value) in of("AZURE_", variables) {
        if let Ok(key) = name.parse() {
            builder = builder.with_config(key, value);
        }
    }
    let builder = builder.with_url(url.as_str()).with_http_connector(Hyper).with_retry(patience());
    Ok(Arc::new(builder.build()?))
}

/// Variables that begin so, by the names that builders know.
fn of<'v>(prefix: &'v str, variables: &'v [(String, String)]) -> impl Iterator<Item = (String, &'v str)> {
    let ours = variables.iter().filter(move |(name, _)| name.starts_with(prefix));
    ours.map(|(name, value)| (name.to_ascii_lowercase(), value.as_str()))
}

/// A moment's trouble is not told; what lasts longer is for whoever asks to decide.
fn patience() -> RetryConfig {
    RetryConfig { backoff: BackoffConfig::default(), max_retries: 2, retry_timeout: Duration::from_secs(30) }
}

#[cfg(test)]
mod tests {
    use super::{OpenError, place};

    #[test]
    fn each_kind_of_address_has_its_store() {
        let variables = [
            ("AZURE_STORAGE_ACCOUNT_NAME", "shop"),
            ("AZURE_STORAGE_ACCOUNT_KEY", "a2V5"),
            ("AWS_REGION", "eu-west-1"),
            ("GOOGLE_SKIP_SIGNATURE", "true"),
        ];
        let variables = variables.map(|(name, value)| (name.to_owned(), value.to_owned()));
        for (address, store) in [
            ("s3://builds/weir", "AmazonS3(builds)"),
            ("gs://builds/weir", "GoogleCloudStorage(builds)"),
            ("az://builds/weir", "MicrosoftAzure { account: shop, container: builds }"),
        ] {
            let (found, prefix) = place(address, &variables).unwrap();
            assert_eq!((found.to_string().as_str(), prefix.as_ref()), (store, "weir"));
        }
    }

    #[test]
    fn an_address_that_says_nothing_or_a_secret_is_refused() {
        for address in ["http://files.test/x", "ftp://files.test/x", "s3://"] {
            let refused = place(address, &[]).unwrap_err();
            assert!(matches!(refused, OpenError::Address(_)), "{address}: {refused}");
        }
        for address in ["s3://key:word@builds/x", "az://builds/x?sig=word"] {
            let refused = place(address, &[]).unwrap_err();
            assert!(matches!(refused, OpenError::Secret) && !refused.to_string().contains("word@"));
        }
    }

    #[test]
    fn a_path_and_a_file_address_are_directories_that_are_made() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a b");
        place(path.to_str().unwrap(), &[]).unwrap();
        assert!(path.is_dir());
        place(&format!("file://{}/c%20d", folder.path().display()), &[]).unwrap();
        assert!(folder.path().join("c d").is_dir());
    }
}

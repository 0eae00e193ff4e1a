//! Objects, by their names.

use std::io;
use std::path::Path as File;
use std::sync::Arc;
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use object_store::path::Path;
use object_store::{Error, MultipartUpload, ObjectStore, ObjectStoreExt};
use tokio::io::{AsyncRead, AsyncReadExt};

use crate::address::{self, OpenError};
use crate::name::Name;

/// How much of a file is in memory, bytes. S3 takes ten thousand parts: 80 GiB a file.
const PART: usize = 8 << 20;
/// How long one request may take, with all tries and with its answer.
const WITHIN: Duration = Duration::from_mins(3);

/// A store, from an address on. Its clones have the same connections.
#[derive(Clone, Debug)]
pub struct Objects {
    address: String,
    store: Arc<dyn ObjectStore>,
    prefix: Path,
}

/// Why an object was not put or read.
#[derive(Debug, thiserror::Error)]
pub enum ObjectError {
    /// The store.
    #[error("{address}: {error}")]
    Store {
        /// Where it is.
        address: String,
        /// What it says.
        error: Error,
    },
    /// It says nothing.
    #[error("{address}: no answer within {WITHIN:?}")]
    Late {
        /// Where it is.
        address: String,
    },
    /// A file of this machine.
    #[error("{path}: {error}")]
    File {
        /// Which.
        path: String,
        /// What the system says.
        error: io::Error,
    },
}

impl Objects {
    /// Opens a store: a directory, `file://`, `s3://`, `gs://` or `az://`, with what variables `AWS_`, `GOOGLE_` or `AZURE_` of the environment say about it.
    /// Nobody is asked yet.
    ///
    /// # Errors
    /// The address or a variable is wrong, or the directory cannot be made.
    pub fn open(address: &str) -> Result<Self, OpenError> {
        let utf8 = |(name, value): (std::ffi::OsString, std::ffi::OsString)| {
            Some((name.into_string().ok()?, value.into_string().ok()?))
        };
        Self::open_with(address, &std::env::vars_os().filter_map(utf8).collect::<Vec<_>>())
    }

    /// The same, with these variables.
    ///
    /// # Errors
    /// As of [`Self::open`].
    pub fn open_with(address: &str, variables: &[(String, String)]) -> Result<Self, OpenError> {
        let (store, prefix) = address::place(address, variables)?;
        Ok(Self { address: address.to_owned(), store, prefix })
    }

    /// Its address.
    #[must_use]
    pub fn address(&self) -> &str {
        &self.address
    }

    /// Puts an object in the place of the last one.
    ///
    /// # Errors
    /// The store refuses, or cannot be reached.
    pub async fn put(&self, name: &Name, bytes: Bytes) -> Result<(), ObjectError> {
        let at = name.below(&self.prefix);
        self.within(self.store.put(&at, bytes.into())).await?;
        Ok(())
    }

    /// Puts what a file holds, a part at a time.
    ///
    /// # Errors
    /// As of [`Self::put`], or the file cannot be read; then the object is as it was.
    pub async fn put_file(&self, name: &Name, path: &File) -> Result<(), ObjectError> {
        let wrong = |error| ObjectError::File { path: path.display().to_string(), error };
        let mut file = tokio::fs::File::open(path).await.map_err(wrong)?;
        let first = part(&mut file).await.map_err(wrong)?;
        if first.len() < PART {
            return self.put(name, first).await;
        }
        let at = name.below(&self.prefix);
        let mut upload = self.within(self.store.put_multipart(&at)).await?;
        let mut next = first;
        let put = async {
            while !next.is_empty() {
                self.within(upload.put_part(std::mem::take(&mut next).into())).await?;
                next = part(&mut file).await.map_err(wrong)?;
            }
            self.within(upload.complete()).await
        };
        if let Err(error) = put.await {
            self.leave(upload).await;
            return Err(error);
        }
        Ok(())
    }

    /// Parts that nobody completes would be paid for.
    async fn leave(&self, mut upload: Box<dyn MultipartUpload>) {
        // A store that cannot be reached keeps them until its own rules remove them.
        let _kept = self.within(upload.abort()).await;
    }

    /// An object; `None` where there is none.
    ///
    /// # Errors
    /// The store refuses, or cannot be reached.
    pub async fn get(&self, name: &Name) -> Result<Option<Bytes>, ObjectError> {
        let at = name.below(&self.prefix);
        let got = self.within(async { self.store.get(&at).await?.bytes().await }).await;
        found(got)
    }

    /// How long an object is, bytes; `None` where there is none.
    ///
    /// # Errors
    /// The store refuses, or cannot be reached.
    pub async fn size(&self, name: &Name) -> Result<Option<u64>, ObjectError> {
        let at = name.below(&self.prefix);
        Ok(found(self.within(self.store.head(&at)).await)?.map(|meta| meta.size))
    }

    /// At most `most` bytes of an object from byte `from` on; nothing where there are none.
    ///
    /// # Errors
    /// The store refuses, or cannot be reached.
    pub async fn part(&self, name: &Name, from: u64, most: u64) -> Result<Bytes, ObjectError> {
        let size = self.size(name).await?.unwrap_or_default();
        let range = from..size.min(from.saturating_add(most));
        if range.is_empty() {
            return Ok(Bytes::new());
        }
        let at = name.below(&self.prefix);
        Ok(found(self.within(self.store.get_range(&at, range)).await)?.unwrap_or_default())
    }

    /// Names of the folders right below this one; of all there are where it has no parts.
    ///
    /// # Errors
    /// The store refuses, or cannot be reached.
    pub async fn folders(&self, name: &Name) -> Result<Vec<String>, ObjectError> {
        let at = name.below(&self.prefix);
        let listed = self.within(self.store.list_with_delimiter(Some(&at))).await;
        let folders = found(listed)?.map(|listed| listed.common_prefixes).unwrap_or_default();
        Ok(folders.iter().filter_map(|path| path.filename().map(str::to_owned)).collect())
    }

    async fn within<T>(
        &self,
        asked: impl Future<Output = object_store::Result<T>>,
    ) -> Result<T, ObjectError> {
        let address = || self.address.clone();
        let answered = tokio::time::timeout(WITHIN, asked).await;
        let answered = answered.map_err(|_| ObjectError::Late { address: address() })?;
        answered.map_err(|error| ObjectError::Store { address: address(), error })
    }
}

/// What is not there is an answer.
fn found<T>(got: Result<T, ObjectError>) -> Result<Option<T>, ObjectError> {
    match got {
        Ok(got) => Ok(Some(got)),
        Err(ObjectError::Store { error: Error::NotFound { .. }, .. }) => Ok(None),
        Err(error) => Err(error),
    }
}

/// The next part: all of a part, but for the last one.
async fn part(file: &mut (impl AsyncRead + Unpin)) -> io::Result<Bytes> {
    let mut part = BytesMut::with_capacity(PART);
    let mut rest = file.take(u64::try_from(PART).unwrap_or(u64::MAX));
    while rest.read_buf(&mut part).await? > 0 {}
    Ok(part.freeze())
}

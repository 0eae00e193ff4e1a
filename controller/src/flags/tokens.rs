//! Who may ask: those with one of the tokens of a file, which is read again as long as it is served.

use std::path::PathBuf;
use std::time::Duration;

use arc_swap::ArcSwap;
use aws_lc_rs::constant_time::verify_slices_are_equal;
use http::{HeaderMap, header};
use tokio_util::sync::CancellationToken;

/// How old what is known of the file may be: as soon as a Secret of a cluster reaches its pods, and sooner.
const AGE: Duration = Duration::from_secs(5);

/// The tokens of a file, one a line.
#[derive(Debug)]
pub(super) struct Tokens {
    file: PathBuf,
    known: ArcSwap<Vec<String>>,
}

impl Tokens {
    /// Of this file. While it has never been read, nobody may ask.
    pub(super) fn of(file: PathBuf) -> Self {
        Self { file, known: ArcSwap::default() }
    }

    /// Whether a request has one of them, as `Authorization: Bearer TOKEN`.
    pub(super) fn allow(&self, headers: &HeaderMap) -> bool {
        let given = headers.get(header::AUTHORIZATION).map(http::HeaderValue::as_bytes);
        let Some((scheme, token)) = given.and_then(|given| given.split_at_checked(7)) else { return false };
        let is_one = |known: &String| verify_slices_are_equal(known.as_bytes(), token).is_ok();
        scheme.eq_ignore_ascii_case(b"bearer ") && self.known.load().iter().any(is_one)
    }

    /// Reads the file; one that cannot be read leaves in force what it said before.
    pub(super) async fn read(&self) -> Result<(), String> {
        let text = tokio::fs::read_to_string(&self.file).await;
        let text = text.map_err(|error| format!("{}: {error}", self.file.display()))?;
        let tokens = text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#'));
        let tokens: Vec<String> = tokens.map(str::to_owned).collect();
        if tokens != **self.known.load() {
            self.known.store(tokens.into());
        }
        if self.known.load().is_empty() {
            return Err(format!("{}: has no token: write one a line", self.file.display()));
        }
        Ok(())
    }

    /// Reads it again and again, and says once what is wrong.
    pub(super) async fn follow(&self, stop: &CancellationToken) {
        let mut told = None;
        while !stop.is_cancelled() {
            let wrong = self.read().await.err();
            if let Some(wrong) = wrong.as_ref().filter(|wrong| told.as_ref() != Some(*wrong)) {
                tracing::error!(
                    "who may ask for flags cannot be read: {wrong}: those that were known before may"
                );
            }
            told = wrong;
            tokio::select! {
                () = stop.cancelled() => {}
                () = tokio::time::sleep(AGE) => {}
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use http::HeaderMap;

    use super::Tokens;

    fn with(value: &str) -> HeaderMap {
        let mut headers = HeaderMap::new();
        headers.insert("authorization", value.parse().unwrap());
        headers
    }

    #[tokio::test]
    async fn a_file_that_cannot_be_read_leaves_what_it_said_before() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("tokens");
        let tokens = Tokens::of(file.clone());
        assert!(tokens.read().await.unwrap_err().contains("tokens: No such file"));
        assert!(!tokens.allow(&with("Bearer one")), "never read: nobody");

        std::fs::write(&file, "# of the shop\none\n\n two \n").unwrap();
        tokens.read().await.unwrap();
        assert!(tokens.allow(&with("Bearer one")) && tokens.allow(&with("bearer two")));
        for wrong in ["Bearer three", "Bearer", "Bearer ", "Basic one", "one", "Bearer # of the shop"] {
            assert!(!tokens.allow(&with(wrong)), "{wrong}");
        }
        assert!(!tokens.allow(&HeaderMap::new()));

        std::fs::remove_file(&file).unwrap();
        tokens.read().await.unwrap_err();
        assert!(tokens.allow(&with("Bearer one")));
        std::fs::write(&file, "\n").unwrap();
        assert!(tokens.read().await.unwrap_err().contains("has no token"));
        assert!(!tokens.allow(&with("Bearer one")), "empty: nobody");
    }
}

//! Looks passwords up, for all workers: what was found out is remembered, and what has to be worked out is, apart from the workers, a few at a time.
//!
//! A hash that is meant to be slow takes as long for every request of a client that is in already; a thousand requests a second would need a thousand
//! times what the machine has. So an answer is remembered under a digest that only this process can make, of hash and password: a changed Secret has
//! other hashes, and so other answers. Bounded: what has not been asked for longest is forgotten, a generation at a time.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use rustls::crypto::SecureRandom;
use sha2::{Digest, Sha256};
use tokio::sync::Semaphore;
use weir_routing::policy::Users;

use super::{Credentials, password};

/// Passwords that are worked out at a time.
const AT_A_TIME: usize = 2;
/// How long a request waits for its turn.
const PATIENCE: Duration = Duration::from_secs(10);
/// Answers that one generation holds.
const GENERATION: usize = 4096;

type Digested = [u8; 32];

/// What was found out.
#[derive(Debug)]
pub(crate) struct Keeper {
    secret: [u8; 32],
    known: Mutex<Known>,
    turns: Arc<Semaphore>,
}

#[derive(Debug, Default)]
struct Known {
    young: HashMap<Digested, bool>,
    old: HashMap<Digested, bool>,
}

/// What becomes of a client.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Found {
    /// It may come in.
    In,
    /// Name or password are wrong.
    Wrong,
    /// There are more to look at than there is time for.
    Busy,
}

impl Keeper {
    /// Knows nothing yet. `random` makes what only this process knows.
    pub(crate) fn new(random: &dyn SecureRandom) -> Self {
        let mut secret = [0; 32];
        // Without randomness nothing that needs TLS works either; what is remembered never leaves this process.
        let _ = random.fill(&mut secret);
        Self { secret, known: Mutex::default(), turns: Arc::new(Semaphore::new(AT_A_TIME)) }
    }

    /// Whether a client is one of these users.
    pub(crate) async fn ask(&self, users: &Users, credentials: Credentials) -> Found {
        let Some(hash) = users.hash_of(credentials.name()) else { return Found::Wrong };
        let digest = self.digest(hash, credentials.password());
        if let Some(found) = self.known(&digest) {
            return found;
        }
        let turn = tokio::time::timeout(PATIENCE, Arc::clone(&self.turns).acquire_owned()).await;
        let Ok(Ok(turn)) = turn else { return Found::Busy };
        // Many requests of one page begin at a time: the first of them has found it out meanwhile.
        if let Some(found) = self.known(&digest) {
            return found;
        }
        let hash = hash.to_owned();
        let worked_out = tokio::task::spawn_blocking(move || {
            let matches = password::matches(credentials.password(), &hash);
            drop(turn);
            matches
        });
        let Ok(matches) = worked_out.await else { return Found::Busy };
        self.remember(digest, matches);
        found(matches)
    }

    fn digest(&self, hash: &str, password: &str) -> Digested {
        let length = u64::try_from(hash.len()).unwrap_or(u64::MAX).to_le_bytes();
        let digest = Sha256::new().chain_update(self.secret).chain_update(length);
        digest.chain_update(hash).chain_update(password).finalize().into()
    }

    fn known(&self, digest: &Digested) -> Option<Found> {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(matches) = known.young.get(digest) {
            return Some(found(*matches));
        }
        let matches = known.old.remove(digest)?;
        known.insert(*digest, matches);
        Some(found(matches))
    }

    fn remember(&self, digest: Digested, matches: bool) {
        self.known.lock().unwrap_or_else(PoisonError::into_inner).insert(digest, matches);
    }
}

impl Known {
    fn insert(&mut self, digest: Digested, matches: bool) {
        if self.young.len() >= GENERATION {
            self.old = std::mem::take(&mut self.young);
        }
        self.young.insert(digest, matches);
    }
}

fn found(matches: bool) -> Found {
    if matches { Found::In } else { Found::Wrong }
}

#[cfg(test)]
mod tests {
    use base64::Engine;
    use base64::engine::general_purpose::STANDARD;

    use super::{Credentials, Found, GENERATION, Keeper, Users};

    fn keeper() -> Keeper {
        Keeper::new(rustls::crypto::aws_lc_rs::default_provider().secure_random)
    }

    fn credentials(name: &str, password: &str) -> Credentials {
        let encoded = STANDARD.encode(format!("{name}:{password}"));
        Credentials::read(format!("Basic {encoded}").as_bytes()).unwrap()
    }

    #[tokio::test]
    async fn an_answer_is_remembered_for_one_hash_and_one_password() {
        let keeper = keeper();
        let users = Users::of_map([("ana", "{PLAIN}a"), ("bob", "{PLAIN}b")].into_iter());
        for _ in 0..2 {
            assert_eq!(keeper.ask(&users, credentials("ana", "a")).await, Found::In);
            assert_eq!(keeper.ask(&users, credentials("ana", "b")).await, Found::Wrong);
            assert_eq!(keeper.ask(&users, credentials("bob", "a")).await, Found::Wrong);
            assert_eq!(keeper.ask(&users, credentials("eve", "a")).await, Found::Wrong);
        }
        let changed = Users::of_map([("ana", "{PLAIN}b")].into_iter());
        assert_eq!(keeper.ask(&changed, credentials("ana", "a")).await, Found::Wrong);
        assert_eq!(keeper.ask(&changed, credentials("ana", "b")).await, Found::In);
    }

    #[tokio::test]
    async fn what_is_remembered_is_bounded() {
        let keeper = keeper();
        let users = Users::of_map([("ana", "{PLAIN}a")].into_iter());
        for number in 0..3 * GENERATION {
            let guess = credentials("ana", &number.to_string());
            assert_eq!(keeper.ask(&users, guess).await, Found::Wrong);
        }
        let known = keeper.known.lock().unwrap();
        assert!(known.young.len() + known.old.len() <= 2 * GENERATION);
    }
}

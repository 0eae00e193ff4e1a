//! Who may come in with a name and a password.
//!
//! ```text
//! credentials  Authorization -> name, password
//! password     password, hash of a Secret -> does it match?            pure
//! md5          the two hashes that are made of MD5                     pure
//! keeper       what was found out already, and no more work at a time than the machine has room for
//! ```

mod credentials;
mod keeper;
mod md5;
mod password;

pub(crate) use self::credentials::Credentials;
pub(crate) use self::keeper::{Found, Keeper};

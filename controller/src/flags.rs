//! Feature flags that follow releases, and whoever asks for them.
//!
//! ```text
//! compiled   objects -> flags that can be evaluated, made anew where one changed   pure
//! memory     what a flag remembers of a Canary's releases, and where it stands     pure
//! standing   one flag: what is remembered, what people are told                    pure
//! board      all flags with the weights of one moment                              pure
//! tokens     who may ask: a file of bearer tokens
//! listen     OFREP, by HTTP
//! ```
//! Whoever looks at releases makes a board after each look and stores what flags remember; the other controllers make theirs of what is stored. Invariant: a
//! variant that came to everybody with a release stays until that release is undone, whatever is released afterwards.

mod board;
mod compiled;
mod listen;
mod memory;
mod standing;
mod tokens;

pub(crate) use board::Board;
pub(crate) use board::by_flag;
pub(crate) use compiled::Compiled;
pub(crate) use listen::Listening;
pub use listen::Settings;
pub(crate) use standing::{Standing, standing};

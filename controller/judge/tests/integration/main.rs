//! The judge from outside: seeded simulations, exact sums and properties.
#![allow(
    clippy::as_conversions,
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "simulations turn counts into shares and back"
)]

mod detection;
mod guard;
mod passing;
mod traffic;
mod yardstick;

//! The judge from outside: seeded simulations, exact sums and properties.
#![expect(
    clippy::as_conversions,
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    clippy::float_cmp,
    clippy::indexing_slicing,
    clippy::unwrap_used,
    reason = "simulations turn counts into shares and back, and print what they measure"
)]

mod bursts;
mod checkpoint;
mod detection;
mod fixed;
mod forecast;
mod guard;
mod kayenta;
mod netflix;
mod passing;
mod properties;
mod ratio;
mod reasons;
mod recorded;
mod replay;
mod scipy;
mod series;
mod traffic;
mod wilcox;
mod yardstick;

//! Methods of bytes.

use crate::routine::{Routine, count, routine};

pub(crate) const METHODS: &[Routine<[u8]>] = &[routine("length", 0, 0, |bytes, _| Ok(count(bytes.len())))];

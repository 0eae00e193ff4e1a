//! The tables of the design against the code.

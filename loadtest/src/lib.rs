//! Open-loop load generator and sample upstream.

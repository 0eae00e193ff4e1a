//! End-to-end suites, from outside.

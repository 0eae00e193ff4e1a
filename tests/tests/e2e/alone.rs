//! Tests of how soon something happens: `make test` runs them after the others, with nothing beside them that takes the machine's time.

mod guard;

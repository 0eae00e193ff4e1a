//! Flags from outside: as their users write them, and as programs ask for them.

#[cfg(test)]
mod bodies;
#[cfg(test)]
mod conditions;
#[cfg(test)]
mod entity_tags;
#[cfg(test)]
mod evaluation;
#[cfg(test)]
mod fixture;
#[cfg(test)]
mod following;
#[cfg(test)]
mod golden;
#[cfg(test)]
mod nesting;
#[cfg(test)]
mod objects;
#[cfg(test)]
mod protocol;
#[cfg(test)]
mod schema;
#[cfg(test)]
mod validation;

//! The crate from outside: objects and requests in, routes and decisions out.

#[cfg(test)]
mod annotations;
#[cfg(test)]
mod cohorts;
#[cfg(test)]
mod compiling;
#[cfg(test)]
mod deciding;
#[cfg(test)]
mod explaining;
#[cfg(test)]
mod fairness;
#[cfg(test)]
mod golden;
#[cfg(test)]
mod header_routes;
#[cfg(test)]
mod incremental;
#[cfg(test)]
mod mirrors;
#[cfg(test)]
mod objects;
#[cfg(test)]
mod precedence;
#[cfg(test)]
mod splits;
#[cfg(test)]
mod targets;
#[cfg(test)]
mod variables;

//! The codec from outside: bytes in, messages out; beside hyper, and in pieces of every size.

#[cfg(test)]
mod agreement;
#[cfg(test)]
mod bodies;
#[cfg(test)]
mod corpus;
#[cfg(test)]
mod differential;
#[cfg(test)]
mod message;
#[cfg(test)]
mod ours;
#[cfg(test)]
mod properties;
#[cfg(test)]
mod requests;
#[cfg(test)]
mod responses;
#[cfg(test)]
mod splits;
#[cfg(test)]
mod theirs;
#[cfg(test)]
mod wire;

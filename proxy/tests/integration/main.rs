//! The whole proxy in one process, driven from outside: real sockets, real files, clients and upstreams that can misbehave byte by byte.

#[cfg(test)]
mod support;

#[cfg(test)]
mod access;
#[cfg(test)]
mod admin;
#[cfg(test)]
mod affinity;
#[cfg(test)]
mod certificates;
#[cfg(test)]
mod cors;
#[cfg(test)]
mod counts;
#[cfg(test)]
mod drain;
#[cfg(test)]
mod golden;
#[cfg(test)]
mod headers;
#[cfg(test)]
mod hostile_requests;
#[cfg(test)]
mod hostile_upstreams;
#[cfg(test)]
mod http2;
#[cfg(test)]
mod limits;
#[cfg(test)]
mod policies;
#[cfg(test)]
mod program;
#[cfg(test)]
mod reload;
#[cfg(test)]
mod retries;
#[cfg(test)]
mod routing;
#[cfg(test)]
mod splits;
#[cfg(test)]
mod timeouts;
#[cfg(test)]
mod tls;
#[cfg(test)]
mod upgrades;

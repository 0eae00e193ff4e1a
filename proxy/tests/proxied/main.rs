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
mod annotations;
#[cfg(test)]
mod auth;
#[cfg(test)]
mod balance;
#[cfg(test)]
mod basic;
#[cfg(test)]
mod breaker;
#[cfg(test)]
mod certificates;
#[cfg(test)]
mod client_certificates;
#[cfg(test)]
mod cors;
#[cfg(test)]
mod counts;
#[cfg(test)]
mod drain;
#[cfg(test)]
mod edits;
#[cfg(test)]
mod error_pages;
#[cfg(test)]
mod external_names;
#[cfg(test)]
mod golden;
#[cfg(test)]
mod header_routes;
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
mod mirror;
#[cfg(test)]
mod pace;
#[cfg(test)]
mod policies;
#[cfg(test)]
mod program;
#[cfg(test)]
mod proxy_protocol;
#[cfg(test)]
mod reload;
#[cfg(test)]
mod retries;
#[cfg(test)]
mod routing;
#[cfg(test)]
mod shadows;
#[cfg(test)]
mod splits;
#[cfg(test)]
mod timeouts;
#[cfg(test)]
mod tls;
#[cfg(test)]
mod upgrades;
#[cfg(test)]
mod upstream_tls;

//! The whole proxy in one process, driven from outside: real sockets, real files, clients and upstreams that can misbehave byte by byte.

mod support;

mod admin;
mod counts;
mod drain;
mod hostile_requests;
mod hostile_upstreams;
mod http2;
mod headers;
mod reload;
mod retries;
mod routing;
mod splits;
mod timeouts;
mod tls;
mod upgrades;

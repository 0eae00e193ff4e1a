//! Data-plane shell: sockets, TLS, HTTP, watches, admin.

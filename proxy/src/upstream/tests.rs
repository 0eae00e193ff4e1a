//! Balancing and pools without sockets.

//! The two ends of the standalone mode: objects from a watched directory, status to a state directory.

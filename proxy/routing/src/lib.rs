//! Pure: Kubernetes objects to compiled routes to the decision for a request.

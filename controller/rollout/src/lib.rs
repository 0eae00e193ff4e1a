//! Pure: policy, state, verdict and now to a transition.

//! What is wrong with a trigger: where, what, and how to mend it, as with everything else of a pipeline.

pub use weir_pipeline::Problem;

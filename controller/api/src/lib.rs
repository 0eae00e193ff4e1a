//! The vocabulary in Kubernetes objects: resources, annotations, labels and units.
//!
//! ```text
//! manifest   text of one file -> typed objects, each problem with its line
//! canary     what a user asks for: `Canary.spec`
//! canary_config    how metrics are judged: Kayenta's document as an object
//! feature_flag     a feature flag, which may follow a release
//! metric_analysis  which metrics a release is judged by: part of `Canary.spec`
//! notification     who is told of releases: part of `Canary.spec`
//! strategy   what a user asks for beyond plain steps
//! status     what the controller did about it: `Canary.status`
//! figures    what it looked like: part of the status
//! pipeline   pipelines, their templates and freezes         pipeline_run    one run
//! command    what somebody asks of a release: an annotation, and its answer
//! service    `weir.dev/*` annotations of a Service
//! crd        the CustomResourceDefinitions, as YAML
//! yaml       a value as YAML
//! requests   which requests a route of a release is about
//! mirror     of which requests copies go to a release
//! names      every annotation, label and field manager, once
//! share, track, time   the units that these are written in
//! ```
//! No I/O, no clock: everything here is text or values in, values out.
#![doc = include_str!("../DESIGN.md")]

pub mod canary;
pub mod canary_config;
pub mod command;
pub mod crd;
pub mod feature_flag;
pub mod figures;
pub mod local_image;
pub mod manifest;
pub mod metric_analysis;
pub mod mirror;
pub mod names;
pub mod notification;
pub mod pipeline;
pub mod pipeline_run;
pub mod requests;
pub mod service;
pub mod share;
pub mod status;
pub mod strategy;
pub mod time;
pub mod track;
pub mod yaml;

pub use canary::{Canary, CanarySpec};
pub use canary_config::{CanaryConfig, CanaryConfigSpec};
pub use feature_flag::{FeatureFlag, FeatureFlagStatus};
pub use local_image::{LocalImage, LocalImageSpec};
pub use pipeline::{Freeze, Pipeline, PipelineTemplate};
pub use pipeline_run::PipelineRun;
pub use share::Share;
pub use status::CanaryStatus;
pub use time::{Duration, Timestamp};
pub use track::Track;

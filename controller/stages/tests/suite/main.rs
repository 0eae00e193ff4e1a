//! From the front door: texts in, pipelines, problems and values out.
#![cfg(test)]

mod fixture;

mod analyses;
mod artifacts;
mod files;
mod freezes;
mod lines;
mod nodejs;
mod notifications;
mod postponed;
mod pushed;
mod rendered;
mod seen;
mod stages;
mod templates;
mod works;
mod wrong;
mod wrong_outside;

//! The language, table by table: what every operator, function and method makes, and what each refuses.
#![cfg(test)]

mod addresses;
mod classes;
mod collections;
mod comparisons;
mod conditions;
mod conversions;
mod dates;
mod documents;
mod encodings;
mod files;
mod fixture;
mod formats;
mod limits;
mod literals;
mod manifests;
mod messages;
mod navigation;
mod operators;
mod outside;
mod patterns;
mod properties;
mod selections;
mod stages;
mod statuses;
mod strictness;
mod syntax;
mod templates;
mod texts;

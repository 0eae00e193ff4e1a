//! The expressions `${ ... }` of pipelines: parsed, and evaluated within limits. Pure: the scope, the time and a seed go in.
//!
//! ```text
//! document   every text of a manifest or stage ─┐
//! condition  a text that says yes or no        ─┤
//! template   a text with expressions  <─────────┘
//!   parser     lexer -> symbol, tokens -> tree
//!   machine    tree + scope -> value, within the budget of the limits
//!     functions  #stage(..), #readJson(..)
//!     methods    'text'.trim(), list.size()
//!     classes    T(Math).max(..), new Date()
//!   json       value -> what the document holds
//! error      place, fault, and how to mend it
//! ```
//!
//! ```
//! use weir_expression::{Limits, Scope, Template};
//!
//! let scope = Scope::new("2026-01-02T03:04:05Z".parse()?, 1)
//!     .with("trigger", &serde_json::json!({"properties": {"application": "shop", "replicas": 3}}));
//! let limits = Limits::default();
//! let template = Template::parse("${ trigger.properties.application }-canary", &limits)?;
//! assert_eq!(template.evaluate(&scope, &limits)?, "shop-canary");
//!
//! let template = Template::parse("${ trigger.properties.aplication }", &limits)?;
//! let error = template.evaluate(&scope, &limits).unwrap_err();
//! assert_eq!(
//!     error.to_string(),
//!     "${ trigger.properties.aplication }: no key \"aplication\" in trigger.properties; did you mean \"application\"?"
//! );
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
#![doc = include_str!("../DESIGN.md")]

mod address;
mod budget;
mod classes;
mod codec;
mod condition;
mod date_format;
#[cfg(test)]
mod design;
mod document;
mod equality;
mod error;
mod fault;
mod functions;
mod json;
mod kind;
mod lexer;
mod limits;
mod machine;
mod mention;
mod methods;
mod missing;
mod number;
mod outside;
mod parser;
mod pattern;
mod place;
mod properties;
mod render;
mod routine;
mod scope;
mod span;
mod stage;
mod status;
mod suggestion;
mod symbol;
mod syntax;
mod template;
mod text_format;
mod tree;
mod value;
mod yaml;

pub use address::{Address, AddressError, Reach};
pub use condition::Condition;
pub use document::{Entry, Evaluated, Failure, Failures, Level, evaluate_about, evaluate_all};
pub use error::Error;
pub use fault::Fault;
pub use kind::Kind;
pub use limits::{Exceeded, Limits};
pub use missing::Missing;
pub use outside::{Absence, Nobody, Outside, Question};
pub use place::Place;
pub use scope::{Scope, Strictness};
pub use stage::StageFacts;
pub use status::{Status, UnknownStatus};
pub use syntax::Syntax;
pub use template::Template;
pub use yaml::{YamlError, documents as yaml_documents};

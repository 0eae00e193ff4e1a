//! What is wrong with the manifests, as proxy and controller see it: told once, and told again when it is mended.

use std::collections::BTreeSet;

use serde::Deserialize;

use crate::admin::Admin;
use crate::progress::{Happening, Reporter};

/// One problem of the proxy, as far as it is shown. The proxy's wire form of `/debug/problems`.
#[derive(Debug, Deserialize)]
struct Problem {
    file: String,
    line: Option<u32>,
    field: String,
    message: String,
    help: Option<String>,
}

impl Problem {
    /// The same words as the controller's, so that what both see is told once.
    fn text(&self) -> String {
        let line = self.line.map(|line| format!(":{line}")).unwrap_or_default();
        let field = if self.field.is_empty() { String::new() } else { format!(": {}", self.field) };
        let help = self.help.as_ref().map(|help| format!("\n   {help}")).unwrap_or_default();
        format!("{}{line}{field}: {}{help}", self.file, self.message)
    }
}

/// Follows the problems of both programs.
#[derive(Debug)]
pub struct Problems {
    proxy: Admin,
    controller: Admin,
    known: BTreeSet<String>,
}

impl Problems {
    /// Follows both from now on.
    #[must_use]
    pub fn new(proxy: Admin, controller: Admin) -> Self {
        Self { proxy, controller, known: BTreeSet::new() }
    }

    /// Tells what is new and what is mended. Nothing while one of the two does not answer.
    pub async fn tell(&mut self, reporter: &mut Reporter) {
        let controller = self.controller.get::<Vec<String>>("/v1/problems").await;
        let proxy = self.proxy.get::<Vec<Problem>>("/debug/problems").await;
        let (Ok(controller), Ok(proxy)) = (controller, proxy) else { return };
        let now: BTreeSet<String> = controller.into_iter().chain(proxy.iter().map(Problem::text)).collect();
        for text in now.difference(&self.known) {
            reporter.tell(&Happening::Note { text });
        }
        for text in self.known.difference(&now) {
            let place = text.lines().next().unwrap_or_default();
            reporter.tell(&Happening::Note { text: &format!("mended: {place}") });
        }
        self.known = now;
    }
}

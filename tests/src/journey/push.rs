//! What is pushed, and what is to become of it.

/// One push of the journey.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Push {
    /// The first version: there is nothing to compare it with.
    First,
    /// A sound change.
    Sound,
    /// A handler that takes 80 ms longer.
    Slow,
    /// Code that no test covers.
    Untested,
}

impl Push {
    /// In their order.
    pub const ALL: [Self; 4] = [Self::First, Self::Sound, Self::Slow, Self::Untested];

    /// The commit's title.
    #[must_use]
    pub const fn title(self) -> &'static str {
        match self {
            Self::First => "Flags from a database",
            Self::Sound => "Answers say which version they are of",
            Self::Slow => "Ask the database twice",
            Self::Untested => "More, without tests",
        }
    }

    /// What becomes of it.
    #[must_use]
    pub const fn expected(self) -> &'static str {
        match self {
            Self::First => "deployed, without a canary",
            Self::Sound => "promoted",
            Self::Slow => "aborted, and cleaned up",
            Self::Untested => "stopped at the gate",
        }
    }

    /// Whether its run succeeds.
    #[must_use]
    pub const fn succeeds(self) -> bool {
        matches!(self, Self::First | Self::Sound)
    }

    /// Files that it changes, with their texts.
    #[must_use]
    pub fn files(self) -> Vec<(&'static str, String)> {
        match self {
            Self::First => vec![("server.js", server("first", 0))],
            Self::Sound => vec![("server.js", server("sound", 0))],
            Self::Slow => vec![("server.js", server("slow", 80))],
            Self::Untested => vec![("more.js", MORE.to_owned()), ("more.test.js", MORE_TEST.to_owned())],
        }
    }
}

/// A server whose answers name its version, after so many milliseconds.
fn server(version: &str, delay: u32) -> String {
    format!(
        r#"import {{ createServer }} from "node:http";

const server = createServer((request, response) => {{
  const answer = () => response.setHeader("x-version", "{version}").end(`flags-api at ${{request.url}}`);
  if (request.url === "/health") answer();
  else setTimeout(answer, {delay});
}});
server.listen(Number(process.env.API_PORT), process.env.API_HOST ?? "127.0.0.1");
process.on("SIGTERM", () => server.close(() => process.exit(0)));
"#
    )
}

const MORE: &str = "export function more(x) {
  if (x) {
    return 1;
  }
  return x === 0 ? 2 : 3;
}

export function most(x) {
  const y = x + 1;
  const z = y + 1;
  return y * z;
}
";

const MORE_TEST: &str = r#"import { test } from "node:test";
import assert from "node:assert";
import { more } from "./more.js";

test("more", () => assert.equal(more(1), 1));
"#;

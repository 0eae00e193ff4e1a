//! An error with its causes, for people.

use std::error::Error;

/// What tells how a client is built, and nothing of what happened: the cause behind it does.
const FRAMES: [&str; 7] = [
    "ServiceError: ",
    "client error (Connect): ",
    "client error (SendRequest): ",
    "tcp connect error: ",
    "dns error: ",
    "auth error: ",
    "Failed to infer provided configuration: ",
];

/// An error with its causes, in one sentence; what a cause says that was said already is left out.
#[must_use]
pub fn causes(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        let more = error.to_string();
        if !text.contains(&more) {
            text = format!("{text}: {more}");
        }
        cause = error.source();
    }
    plain(text)
}

/// Without the frames, the numbers of the system's errors, and paths in two kinds of quotes.
fn plain(mut text: String) -> String {
    for frame in FRAMES {
        text = text.replace(frame, "");
    }
    while let Some((before, after)) = text.split_once(" (os error ").and_then(|(before, number)| {
        number.split_once(')').map(|(_, after)| (before.to_owned(), after.to_owned()))
    }) {
        text = before + &after;
    }
    text.replace("'\"", "\"").replace("\"'", "\"")
}

#[cfg(test)]
mod tests {
    use super::plain;

    #[test]
    fn only_what_happened_is_said() {
        for (error, said) in [
            (
                "ServiceError: client error (Connect): tcp connect error: Connection refused (os error 111)",
                "Connection refused",
            ),
            (
                "auth error: failed to read token file '\"/t\"': No such file or directory (os error 2): log in",
                "failed to read token file \"/t\": No such file or directory: log in",
            ),
            ("a (os error 1 b", "a (os error 1 b"),
        ] {
            assert_eq!(plain(error.to_owned()), said);
        }
    }
}

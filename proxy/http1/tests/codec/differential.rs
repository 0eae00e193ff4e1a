//! Every case of the corpus, shown to the codec and to hyper: the same on what is valid, and never laxer.

use crate::agreement::{Agreement, compare};
use crate::corpus::{self, Case, Verdict};
use crate::message::{Conversation, End};
use crate::ours::{self, Side};
use crate::theirs;

/// Follows every case that is valid, so that both must find its end at the same byte.
const NEXT_REQUEST: &[u8] = b"GET /the-next HTTP/1.1\r\nHost: next\r\n\r\n";
const NEXT_RESPONSE: &[u8] = b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nnext";

/// What is wrong with a case.
fn fault(case: &Case) -> Option<String> {
    let ours = ours::read(case.side, [case.bytes.as_slice()]);
    let theirs = hyper(case.side, &case.bytes);
    let agreement = compare(&ours, &theirs);
    let expected = match &case.verdict {
        Verdict::Valid => agreement == Agreement::Same && !ours.messages.is_empty() && !is_refused(&ours),
        Verdict::Waits => agreement == Agreement::Same && ours.end == End::Waits,
        Verdict::Refused(why) => agreement == Agreement::Same && is_refused_for(&ours, why),
        Verdict::Stricter(why) => agreement == Agreement::Stricter && is_refused_for(&ours, why),
        Verdict::Target => agreement == Agreement::Target,
    };
    let told = || format!("{agreement:?}\n    ours:  {}\n    hyper: {}", brief(&ours), brief(&theirs));
    if expected { next_fault(case, &ours) } else { Some(told()) }
}

/// What is wrong with what follows a case.
fn next_fault(case: &Case, ours: &Conversation) -> Option<String> {
    if case.verdict != Verdict::Valid {
        return None;
    }
    match case.side {
        Side::Requests => {
            let bytes = [case.bytes.as_slice(), NEXT_REQUEST].concat();
            let (ours, theirs) = (ours::read(case.side, [bytes.as_slice()]), theirs::requests(&bytes));
            let next = ours.messages.last().is_some_and(|message| message.target == b"/the-next");
            // hyper reads nothing more after a request that ends its connection, in which it is right.
            let last = theirs.messages.last().is_some_and(|message| message.target == b"/the-next");
            let right = next && ours.ends.last() == Some(&bytes.len()) && (last || ends_connection(&theirs));
            (!right).then(|| format!("the next request: {} and {}", brief(&ours), brief(&theirs)))
        }
        Side::Response { to_head } => {
            let end = *ours.ends.last()?;
            let answer = theirs::response(&case.bytes, to_head, NEXT_RESPONSE);
            let used = answer.next.is_some();
            // Bytes after the end are a fault of the connection, and only those.
            let right = answer.next.is_none_or(|body| body == b"next") && (!used || end == case.bytes.len());
            let must = keeps_connection(ours) && end == case.bytes.len();
            (!right || (must && !used)).then(|| format!("the next response: used {used}, must {must}"))
        }
    }
}

fn hyper(side: Side, bytes: &[u8]) -> Conversation {
    match side {
        Side::Requests => theirs::requests(bytes),
        Side::Response { to_head } => theirs::response(bytes, to_head, b"").conversation,
    }
}

fn is_refused(ours: &Conversation) -> bool {
    matches!(ours.end, End::Refused(_))
}

fn is_refused_for(ours: &Conversation, why: &str) -> bool {
    matches!(ours.end, End::Refused(Some(refused)) if format!("{refused:?}") == why)
}

fn ends_connection(theirs: &Conversation) -> bool {
    theirs.end == End::Closed
}

/// Whether the response leaves its connection to another request, without any doubt.
fn keeps_connection(ours: &Conversation) -> bool {
    let Some(message) = ours.messages.last() else { return false };
    let fields = &message.fields;
    let has_length = fields.get("content-length").is_some() != fields.get("transfer-encoding").is_some();
    message.minor == 1 && message.status != 101 && fields.get("connection").is_none() && has_length
}

fn brief(conversation: &Conversation) -> String {
    let text = format!("{conversation:?}");
    text.chars().take(600).collect()
}

#[test]
fn the_codec_and_hyper_agree_on_every_case_or_the_table_says_why_not() {
    let cases = corpus::cases();
    let faults: Vec<String> = cases
        .iter()
        .filter_map(|case| Some(format!("{} ({:?})\n    {}", case.rule, case.verdict, fault(case)?)))
        .collect();
    assert!(faults.is_empty(), "{} of {}:\n{}", faults.len(), cases.len(), faults.join("\n"));
    assert!(cases.len() > 400, "{} cases", cases.len());
}

#[test]
fn the_codec_is_never_laxer_than_hyper_on_what_fuzzing_has_found() {
    for (folder, sides) in [
        ("request", &[Side::Requests][..]),
        ("response", &[Side::Response { to_head: false }, Side::Response { to_head: true }]),
    ] {
        for (path, bytes) in corpus::found(folder) {
            for side in sides {
                let agreement = compare(&ours::read(*side, [bytes.as_slice()]), &hyper(*side, &bytes));
                assert!(!matches!(agreement, Agreement::Wrong(_)), "{}: {agreement:?}", path.display());
            }
        }
    }
}

//! An e-mail (RFC 5322): plain text, the same bytes however often it is made.

use std::time::SystemTime;

use lettre::Message;
use lettre::message::Mailbox;
use lettre::message::header::{ContentType, HeaderName, HeaderValue};

use crate::event::{Event, Subject};
use crate::words::{body, cut, headline, one_line, origin};

/// Longest subject, characters: it is shown on one line.
const SUBJECT: usize = 200;

/// Whom it is from and for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Letter<'l> {
    /// Whose it is.
    pub from: &'l str,
    /// To whom.
    pub to: &'l [String],
    /// Who gets a copy.
    pub cc: &'l [String],
    /// Default: the headline.
    pub subject: Option<&'l str>,
}

/// Why it is none.
#[derive(Debug, thiserror::Error)]
pub enum MailError {
    /// An address.
    #[error("{text:?} is no address ({error}): write ann@example.com or Ann <ann@example.com>")]
    Address {
        /// As it was given.
        text: String,
        /// What is wrong with it.
        error: lettre::address::AddressError,
    },
    /// Nobody is in it.
    #[error("the e-mail cannot be made: {0}")]
    Made(#[from] lettre::error::Error),
}

/// The e-mail of an event. Mails about the same run, or the same release, are one conversation.
///
/// # Errors
/// An address is none, or nobody is in it.
pub fn message(event: &Event, letter: Letter<'_>) -> Result<Message, MailError> {
    let Letter { from, to, cc, subject } = letter;
    let from = mailbox(from)?;
    let domain = from.email.domain().to_owned();
    let conversation = match &event.subject {
        Subject::Run(run) => run.run.clone(),
        Subject::Release(release) => format!("{}.{}.{}", release.namespace, release.name, release.version),
    };
    let conversation = format!("<{}@{domain}>", plain(&conversation));
    let subject = cut(&one_line(subject.unwrap_or(&headline(event))), SUBJECT);
    let mut mail = Message::builder()
        .from(from)
        .subject(subject)
        .date(SystemTime::from(event.at))
        .message_id(Some(format!("<{}@{domain}>", plain(&event.id))))
        .in_reply_to(conversation.clone())
        .references(conversation)
        .header(ContentType::TEXT_PLAIN)
        // No holiday notes in answer to it (RFC 3834, 5).
        .raw_header(HeaderValue::new(
            HeaderName::new_from_ascii_str("Auto-Submitted"),
            "auto-generated".to_owned(),
        ));
    for person in to {
        mail = mail.to(mailbox(person)?);
    }
    for person in cc {
        mail = mail.cc(mailbox(person)?);
    }
    Ok(mail.body(text(event))?)
}

fn mailbox(text: &str) -> Result<Mailbox, MailError> {
    text.parse().map_err(|error| MailError::Address { text: text.to_owned(), error })
}

/// What may stand in an id (RFC 5322, 3.2.3).
fn plain(text: &str) -> String {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '.');
    text.chars().map(|c| if is_plain(c) { c } else { '-' }).collect()
}

fn text(event: &Event) -> String {
    let head = headline(event);
    let parts = [body(event).join("\n"), origin(event).join("\n"), event.link.clone().unwrap_or_default()];
    let parts = std::iter::once(head).chain(parts).filter(|part| !part.is_empty());
    // Lines end in CRLF on the wire (RFC 5322, 2.1).
    let text = parts.collect::<Vec<_>>().join("\n\n");
    let lines: Vec<&str> = text.lines().collect();
    lines.join("\r\n") + "\r\n"
}

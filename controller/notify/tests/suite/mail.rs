//! E-mails.

use weir_notify::mail::{self, Letter};

use crate::fixture::failed;

fn letter<'l>(to: &'l [String], subject: Option<&'l str>) -> Letter<'l> {
    Letter { from: "Weir <weir@example.com>", to, cc: &[], subject }
}

#[test]
fn a_mail_is_the_same_however_often_it_is_made() {
    let to = ["Ann <ann@example.com>".to_owned(), "bob@example.com".to_owned()];
    let made = || mail::message(&failed(), letter(&to, None)).unwrap().formatted();
    assert_eq!(made(), made());
    let text = String::from_utf8(made()).unwrap();
    let (head, body) = text.split_once("\r\n\r\n").unwrap();
    for line in [
        "From: Weir <weir@example.com>",
        "To: Ann <ann@example.com>, bob@example.com",
        "Subject: shop-7 failed after 2m 5s",
        "Date: Fri, 27 Nov 2026 19:30:05 +0000",
        "Message-ID: <shop-7.0.failed.p0.slack@example.com>",
        "References: <shop-7@example.com>",
        "Auto-Submitted: auto-generated",
        "Content-Type: text/plain; charset=utf-8",
    ] {
        assert!(head.lines().any(|one| one == line), "{line}\n{head}");
    }
    let expected = "shop-7 failed after 2m 5s\r\n\r\nplease look\r\nTest: exit code 1\r\n\r\nacme/shop\r\nmain\r\ncommit 0123456789ab\r\nby ann\r\n\r\nhttps://ci.test/shop-7?a=1&b=2\r\n";
    assert_eq!(body, expected);
}

#[test]
fn no_text_becomes_a_header_field() {
    let to = ["ann@example.com".to_owned()];
    let mut event = failed();
    event.message = Some("über\r\n.\r\nQUIT".to_owned());
    event.id = "a b\r\nBcc: eve@example.com".to_owned();
    let made = mail::message(&event, letter(&to, Some("a\r\nBcc: eve@example.com"))).unwrap();
    assert_eq!(made.envelope().to().len(), 1);
    let text = String::from_utf8(made.formatted()).unwrap();
    let (head, body) = text.split_once("\r\n\r\n").unwrap();
    assert!(head.lines().any(|line| line == "Subject: a Bcc: eve@example.com"), "{head}");
    assert!(!head.lines().any(|line| line.starts_with("Bcc")), "{head}");
    assert!(
        !body.contains("ü") && body.is_ascii() && body.contains("=C3=BCber"),
        "it takes every way: {body}"
    );
}

#[test]
fn what_is_no_address_is_named() {
    let to = ["ann".to_owned()];
    let error = mail::message(&failed(), letter(&to, None)).unwrap_err();
    assert!(error.to_string().starts_with("\"ann\" is no address ("), "{error}");
    assert!(mail::message(&failed(), letter(&[], None)).is_err(), "nobody is in it");
}

//! E-mails, by a server of SMTP.

use std::fmt;
use std::time::Duration;

use lettre::transport::smtp::authentication::Credentials;
use lettre::transport::smtp::client::{Tls, TlsParameters};
use lettre::transport::smtp::extension::ClientId;
use lettre::{AsyncSmtpTransport, AsyncTransport, Tokio1Executor};
use percent_encoding::percent_decode_str;
use url::{Host, Url};
use weir_notify::Event;
use weir_notify::mail::{self, Letter};
use weir_notify::target::Email;

use crate::client::causes;
use crate::secrets::Secrets;
use crate::send::Failed;

/// Port of submission with STARTTLS (RFC 6409).
const SUBMISSION: u16 = 587;
/// Port of submission by TLS (RFC 8314).
const SUBMISSIONS: u16 = 465;
/// Port between servers, without TLS (RFC 5321).
const RELAY: u16 = 25;

/// A server of e-mails, and how it is spoken to.
#[derive(Clone)]
pub struct Smtp {
    host: String,
    port: u16,
    security: Security,
    user: Option<(String, String)>,
    secret: Option<String>,
    from: Option<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Security {
    /// From the first byte.
    Tls,
    /// Before anything else is said.
    StartTls,
    /// Not at all.
    Plain,
}

/// Why it is no server.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SmtpError {
    /// Its address; it is not shown, for it may have a password.
    #[error(
        "it is no address of a mail server: write smtp://HOST (STARTTLS, port 587), smtps://HOST (TLS, port 465) or smtp://HOST?tls=none (port 25)"
    )]
    Address,
    /// A password would be readable.
    #[error(
        "a password without TLS can be read by everybody on the way: leave out tls=none, or the password"
    )]
    Readable,
    /// Whose mails they are.
    #[error("{0:?} is no address: write weir@example.com or Weir <weir@example.com>")]
    From(String),
}

impl fmt::Debug for Smtp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { host, port, security, user: _, secret, from } = self;
        let mut debug = f.debug_struct("Smtp");
        debug.field("host", host).field("port", port).field("security", security);
        debug.field("secret", secret).field("from", from).finish_non_exhaustive()
    }
}

impl Smtp {
    /// A server by its address: `smtp://HOST:PORT` with STARTTLS, `smtps://`, or `smtp://HOST?tls=none`. Nobody is asked yet.
    ///
    /// # Errors
    /// It is none, or a password would be sent so that everybody can read it.
    pub fn open(url: &str) -> Result<Self, SmtpError> {
        let url = Url::parse(url).map_err(|_| SmtpError::Address)?;
        let mut options = url.query_pairs();
        let security = match (url.scheme(), options.next(), options.next()) {
            ("smtps", None, None) => Security::Tls,
            ("smtp", None, None) => Security::StartTls,
            ("smtp", Some((name, value)), None) if name == "tls" && value == "none" => Security::Plain,
            _ => return Err(SmtpError::Address),
        };
        let host = match url.host() {
            Some(Host::Domain(name)) if !name.is_empty() => name.to_owned(),
            Some(Host::Ipv4(address)) => address.to_string(),
            Some(Host::Ipv6(address)) => address.to_string(),
            Some(Host::Domain(_)) | None => return Err(SmtpError::Address),
        };
        if !matches!(url.path(), "" | "/") || url.fragment().is_some() {
            return Err(SmtpError::Address);
        }
        let decoded = |text: &str| percent_decode_str(text).decode_utf8_lossy().into_owned();
        let user = url.password().map(|password| (decoded(url.username()), decoded(password)));
        let usual = match security {
            Security::Tls => SUBMISSIONS,
            Security::StartTls => SUBMISSION,
            Security::Plain => RELAY,
        };
        let port = url.port().unwrap_or(usual);
        Self { host, port, security, user, secret: None, from: None }.checked()
    }

    /// With the values `username` and `password` of a secret.
    ///
    /// # Errors
    /// They would be sent so that everybody can read them.
    pub fn with_secret(mut self, name: &str) -> Result<Self, SmtpError> {
        self.secret = Some(name.to_owned());
        self.checked()
    }

    /// Whose mails they are where a notification does not say.
    ///
    /// # Errors
    /// It is no address.
    pub fn with_from(mut self, from: &str) -> Result<Self, SmtpError> {
        let is_one = from.parse::<lettre::message::Mailbox>().is_ok();
        self.from = Some(from.to_owned()).filter(|_| is_one);
        if is_one { Ok(self) } else { Err(SmtpError::From(from.to_owned())) }
    }

    /// Whether a notification need not say whose mail it is.
    #[must_use]
    pub const fn has_from(&self) -> bool {
        self.from.is_some()
    }

    fn checked(self) -> Result<Self, SmtpError> {
        let is_here = self.host == "localhost"
            || self.host.parse::<std::net::IpAddr>().is_ok_and(|address| address.is_loopback());
        let has_password = self.user.is_some() || self.secret.is_some();
        if self.security == Security::Plain && has_password && !is_here {
            return Err(SmtpError::Readable);
        }
        Ok(self)
    }

    /// Tries once.
    pub(super) async fn send(
        &self,
        secrets: &Secrets,
        event: &Event,
        email: &Email,
        deadline: Duration,
    ) -> Result<(), Failed> {
        let Some(from) = email.from.as_deref().or(self.from.as_deref()) else {
            let why = "nobody says whose e-mail it is: give `from`, or start the runner with --smtp-from";
            return Err(Failed::Refused(why.to_owned()));
        };
        let letter = Letter { from, to: &email.to, cc: &email.cc, subject: email.subject.as_deref() };
        let message = mail::message(event, letter).map_err(|error| Failed::Refused(error.to_string()))?;
        let transport = self.transport(secrets, deadline).map_err(Failed::passes)?;
        let sent = tokio::time::timeout(deadline, transport.send(message));
        let whom = format!("{}:{}", self.host, self.port);
        match sent.await {
            Ok(Ok(_)) => Ok(()),
            // It will not take this one; who signs in wrongly may be let in later.
            Ok(Err(error)) if error.is_permanent() && !is_about_sign_in(&error) => {
                Err(Failed::Refused(format!("{whom}: {}", causes(&error))))
            }
            Ok(Err(error)) => Err(Failed::passes(format!("{whom}: {}", causes(&error)))),
            Err(_) => Err(Failed::passes(format!("{whom}: it was not sent within {deadline:?}"))),
        }
    }

    fn transport(
        &self,
        secrets: &Secrets,
        deadline: Duration,
    ) -> Result<AsyncSmtpTransport<Tokio1Executor>, String> {
        let parameters =
            || TlsParameters::new(self.host.clone()).map_err(|error| format!("there is no TLS: {error}"));
        let tls = match self.security {
            Security::Tls => Tls::Wrapper(parameters()?),
            Security::StartTls => Tls::Required(parameters()?),
            Security::Plain => Tls::None,
        };
        let mut builder = AsyncSmtpTransport::<Tokio1Executor>::builder_dangerous(&self.host)
            .port(self.port)
            .tls(tls)
            .timeout(Some(deadline))
            .hello_name(hello());
        if let Some((user, password)) = self.credentials(secrets)? {
            builder = builder.credentials(Credentials::new(user, password));
        }
        Ok(builder.build())
    }

    /// What is in the secret now, so that it can be replaced.
    fn credentials(&self, secrets: &Secrets) -> Result<Option<(String, String)>, String> {
        let Some(name) = &self.secret else { return Ok(self.user.clone()) };
        let find = |key: &str| match secrets.find(name, key) {
            Ok(Some(value)) => Ok(value),
            Ok(None) => Err(format!("secret {name:?} has no `{key}`")),
            Err(error) => Err(error.to_string()),
        };
        Ok(Some((find("username")?, find("password")?)))
    }
}

/// The name of this machine, by which servers know their clients.
fn hello() -> ClientId {
    let name = rustix::system::uname().nodename().to_string_lossy().into_owned();
    if name.is_empty() { ClientId::default() } else { ClientId::Domain(name) }
}

/// 530 (RFC 4954, 6), 534, 535 and 538.
fn is_about_sign_in(error: &lettre::transport::smtp::Error) -> bool {
    error.status().is_some_and(|code| matches!(u16::from(code), 530 | 534 | 535 | 538))
}

#[cfg(test)]
mod tests {
    use super::{Security, Smtp, SmtpError};

    #[test]
    fn an_address_says_how_safe_it_is() {
        for (url, host, port, security) in [
            ("smtp://mail.example.com", "mail.example.com", 587, Security::StartTls),
            ("smtps://mail.example.com", "mail.example.com", 465, Security::Tls),
            ("smtp://mail.example.com?tls=none", "mail.example.com", 25, Security::Plain),
            ("smtp://[::1]:2525/?tls=none", "::1", 2525, Security::Plain),
        ] {
            let smtp = Smtp::open(url).unwrap();
            assert_eq!((smtp.host.as_str(), smtp.port, smtp.security), (host, port, security), "{url}");
        }
        for url in [
            "mail.example.com",
            "http://a",
            "smtp://",
            "smtp://a?tls=maybe",
            "smtps://a?tls=none",
            "smtp://a/b",
        ] {
            assert_eq!(Smtp::open(url).unwrap_err(), SmtpError::Address, "{url}");
        }
    }

    #[test]
    fn a_password_is_never_readable_nor_shown() {
        let smtp = Smtp::open("smtps://ann:p%40ss@mail.example.com").unwrap();
        assert_eq!(smtp.user, Some(("ann".to_owned(), "p@ss".to_owned())));
        assert!(!format!("{smtp:?}").contains("p@ss"));
        let readable = "smtp://ann:pass@mail.example.com?tls=none";
        assert_eq!(Smtp::open(readable).unwrap_err(), SmtpError::Readable);
        let plain = Smtp::open("smtp://mail.example.com?tls=none").unwrap();
        assert_eq!(plain.with_secret("mail").unwrap_err(), SmtpError::Readable);
        assert!(Smtp::open("smtp://ann:pass@127.0.0.1?tls=none").is_ok());
        let smtp = Smtp::open("smtp://mail.example.com").unwrap();
        assert!(smtp.clone().with_from("Weir <weir@example.com>").is_ok());
        assert_eq!(smtp.with_from("weir").unwrap_err(), SmtpError::From("weir".to_owned()));
    }
}

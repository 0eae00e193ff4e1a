//! Who asks, as services of AWS want it: a signature over the whole request, made for each. Pure.
//!
//! Source: "Signature Version 4 for API requests", <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html>.

use std::fmt::{self, Write};

use aws_lc_rs::{digest, hmac};
use http::header::{AUTHORIZATION, HOST};
use http::{HeaderMap, HeaderName, HeaderValue, Uri};

const DATE: HeaderName = HeaderName::from_static("x-amz-date");
const TOKEN: HeaderName = HeaderName::from_static("x-amz-security-token");

/// Keys of an account, and what they are used for.
#[derive(Clone)]
pub struct Signer {
    /// Names the secret key; it is no secret.
    pub access_key_id: String,
    /// Is never sent.
    pub secret_access_key: String,
    /// Of keys that end by themselves.
    pub session_token: Option<String>,
    /// As in `eu-west-1`.
    pub region: String,
    /// As in `monitoring`.
    pub service: &'static str,
}

impl fmt::Debug for Signer {
    /// Never a secret.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { access_key_id, region, service, secret_access_key: _, session_token: _ } = self;
        write!(f, "{access_key_id} for {service} in {region}")
    }
}

impl Signer {
    /// What nothing may print.
    pub(super) fn secrets(&self) -> impl Iterator<Item = &String> {
        [&self.secret_access_key].into_iter().chain(&self.session_token)
    }

    /// The fields that are to be sent beside those that the request has; these are signed, too. The address has no parameters.
    pub(super) fn sign(
        &self,
        (method, uri): (&str, &Uri),
        fields: &HeaderMap,
        body: &[u8],
        now: jiff::Timestamp,
    ) -> Result<Vec<(HeaderName, HeaderValue)>, http::header::InvalidHeaderValue> {
        let time = now.strftime("%Y%m%dT%H%M%SZ").to_string();
        let day = now.strftime("%Y%m%d").to_string();
        let host = uri.authority().map(http::uri::Authority::as_str).unwrap_or_default();
        let mut added = vec![(HOST, HeaderValue::try_from(host)?), (DATE, HeaderValue::try_from(&time)?)];
        if let Some(token) = &self.session_token {
            let mut token = HeaderValue::try_from(token)?;
            token.set_sensitive(true);
            added.push((TOKEN, token));
        }
        let own = fields.iter().map(|(name, value)| (name.as_str(), value));
        let mut signed: Vec<_> =
            own.chain(added.iter().map(|(name, value)| (name.as_str(), value))).collect();
        signed.sort_by_key(|(name, _)| *name);
        let names = signed.iter().map(|(name, _)| *name).collect::<Vec<_>>().join(";");
        let mut canonical = format!("{method}\n{}\n\n", uri.path());
        for (name, value) in &signed {
            let value = String::from_utf8_lossy(value.as_bytes());
            let _infallible = writeln!(canonical, "{name}:{}", value.trim());
        }
        let _infallible =
            write!(canonical, "\n{names}\n{}", hex(digest::digest(&digest::SHA256, body).as_ref()));
        let scope = format!("{day}/{}/{}/aws4_request", self.region, self.service);
        let digest = hex(digest::digest(&digest::SHA256, canonical.as_bytes()).as_ref());
        let signature =
            hex(mac(&self.key(&day), &format!("AWS4-HMAC-SHA256\n{time}\n{scope}\n{digest}")).as_ref());
        let authorization = format!(
            "AWS4-HMAC-SHA256 Credential={}/{scope}, SignedHeaders={names}, Signature={signature}",
            self.access_key_id
        );
        added.push((AUTHORIZATION, HeaderValue::try_from(authorization)?));
        Ok(added)
    }

    /// The key of a day: of what is signed with it, nobody can make another day's.
    fn key(&self, day: &str) -> hmac::Tag {
        let first = hmac::Key::new(hmac::HMAC_SHA256, format!("AWS4{}", self.secret_access_key).as_bytes());
        let day = hmac::sign(&first, day.as_bytes());
        [self.region.as_str(), self.service, "aws4_request"]
            .into_iter()
            .fold(day, |key, part| mac(&key, part))
    }
}

fn mac(key: &hmac::Tag, text: &str) -> hmac::Tag {
    hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, key.as_ref()), text.as_bytes())
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        let _infallible = write!(text, "{byte:02x}");
        text
    })
}

#[cfg(test)]
mod tests {
    use http::{HeaderMap, Uri};

    use super::Signer;

    fn signed(method: &str, token: Option<&str>) -> Vec<String> {
        let signer = Signer {
            access_key_id: "AKIDEXAMPLE".to_owned(),
            secret_access_key: "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY".to_owned(),
            session_token: token.map(str::to_owned),
            region: "us-east-1".to_owned(),
            service: "service",
        };
        let uri = Uri::from_static("https://example.amazonaws.com/");
        let now = "2015-08-30T12:36:00Z".parse().unwrap();
        let fields = signer.sign((method, &uri), &HeaderMap::new(), b"", now).unwrap();
        assert!(!format!("{signer:?} {fields:?}").contains("wJalr"));
        fields.iter().map(|(name, value)| format!("{name}: {}", value.to_str().unwrap())).collect()
    }

    /// `get-vanilla` and `post-vanilla` of the test suite that AWS publishes with the specification.
    #[test]
    fn a_signature_is_the_one_that_aws_publishes() {
        for (method, signature) in [
            ("GET", "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31"),
            ("POST", "5da7c1a2acd57cee7505fc6676e4e544621c30862966e37dddb68e92efbe5d6b"),
        ] {
            let scope = "AKIDEXAMPLE/20150830/us-east-1/service/aws4_request";
            let authorization = format!(
                "authorization: AWS4-HMAC-SHA256 Credential={scope}, SignedHeaders=host;x-amz-date, Signature={signature}"
            );
            assert_eq!(
                signed(method, None),
                ["host: example.amazonaws.com", "x-amz-date: 20150830T123600Z", &authorization]
            );
        }
    }

    #[test]
    fn a_token_is_sent_and_signed() {
        let fields = signed("GET", Some("t0ken"));
        assert_eq!(fields[2], "x-amz-security-token: t0ken");
        assert!(fields[3].contains("SignedHeaders=host;x-amz-date;x-amz-security-token"), "{fields:?}");
    }
}

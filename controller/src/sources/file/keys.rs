//! Keys of an account in the file that AWS's own programs have them in. Pure.
//!
//! ```text
//! [default]
//! aws_access_key_id = AKIAIOSFODNN7EXAMPLE
//! aws_secret_access_key = ...
//! aws_session_token = ...          where they end by themselves
//! ```

use crate::sources::sigv4::Signer;

/// The keys of a profile. What is wrong does not say the text.
pub(super) fn signer(
    text: &str,
    profile: &str,
    region: &str,
    service: &'static str,
) -> Result<Signer, String> {
    let mut current = "";
    let (mut id, mut secret, mut token, mut is_there) = (None, None, None, false);
    for line in text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with(['#', ';'])) {
        if let Some(name) = line.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
            current = name.trim();
            is_there |= current == profile;
        } else if current == profile {
            match line.split_once('=').map(|(name, value)| (name.trim(), value.trim().to_owned())) {
                Some(("aws_access_key_id", value)) => id = Some(value),
                Some(("aws_secret_access_key", value)) => secret = Some(value),
                Some(("aws_session_token", value)) => token = Some(value),
                _ => {}
            }
        }
    }
    if !is_there {
        return Err(format!("it has no [{profile}]"));
    }
    let needed = |value: Option<String>, name: &str| {
        value.filter(|value| !value.is_empty()).ok_or_else(|| format!("[{profile}] has no {name}"))
    };
    Ok(Signer {
        access_key_id: needed(id, "aws_access_key_id")?,
        secret_access_key: needed(secret, "aws_secret_access_key")?,
        session_token: token.filter(|token| !token.is_empty()),
        region: region.to_owned(),
        service,
    })
}

#[cfg(test)]
mod tests {
    use super::signer;

    const TEXT: &str = "# mine\n[default]\naws_access_key_id = AKID\naws_secret_access_key=s3cret=\n\n\
                        [build]\naws_access_key_id=OTHER\naws_session_token = t0ken\n";

    #[test]
    fn the_keys_of_a_profile_are_read() {
        let read = signer(TEXT, "default", "eu-west-1", "monitoring").unwrap();
        assert_eq!((read.access_key_id.as_str(), read.secret_access_key.as_str()), ("AKID", "s3cret="));
        assert_eq!(read.session_token, None);
    }

    #[test]
    fn what_is_missing_is_named_and_no_secret_is() {
        for (text, profile, expected) in [
            (TEXT, "build", "[build] has no aws_secret_access_key"),
            (TEXT, "other", "it has no [other]"),
            ("s3cret", "default", "it has no [default]"),
        ] {
            let error = signer(text, profile, "r", "s").unwrap_err();
            assert_eq!(error, expected);
        }
    }
}

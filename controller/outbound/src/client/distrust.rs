//! Why a certificate does not convince, in words that say who mends it.

use std::error::Error;
use std::io;

use tokio_rustls::rustls::{self, CertificateError};

/// A certificate that does not convince this machine.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Distrust {
    /// Its issuer is not known here.
    #[error(
        "nobody whom this machine trusts has signed its certificate: put the certificate of whoever did into the file that SSL_CERT_FILE names, or among this machine's own, and start Weir again"
    )]
    Issuer,
    /// Its time is over.
    #[error("its certificate has expired: its owner has to renew it, unless this machine's clock is wrong")]
    Expired,
    /// Its time has not begun.
    #[error("its certificate is not valid yet: this machine's clock is wrong, or its owner's was")]
    NotYet,
    /// It is somebody else's.
    #[error(
        "its certificate is for another name ({0}): give the address under a name that the certificate has"
    )]
    Name(String),
    /// It cannot be used for anything.
    #[error("its certificate cannot be trusted ({0}): its owner has to mend it")]
    Unusable(String),
}

impl Distrust {
    /// What one of the causes of an error says.
    pub(super) fn among_causes(error: &(dyn Error + 'static)) -> Option<Self> {
        let mut cause = Some(error);
        while let Some(error) = cause {
            if let Some(rustls::Error::InvalidCertificate(why)) = error.downcast_ref() {
                return Some(Self::of(why));
            }
            // An error of the system has what it carries not as its cause, but in itself.
            let carried = error.downcast_ref::<io::Error>().and_then(io::Error::get_ref);
            cause = carried.map(|carried| -> &(dyn Error + 'static) { carried }).or_else(|| error.source());
        }
        None
    }

    fn of(why: &CertificateError) -> Self {
        use CertificateError as E;
        // An authority that was made anew under its old name is none that is known, either.
        if matches!(why, E::UnknownIssuer | E::BadSignature) {
            Self::Issuer
        } else if matches!(why, E::Expired | E::ExpiredContext { .. }) {
            Self::Expired
        } else if matches!(why, E::NotValidYet | E::NotValidYetContext { .. }) {
            Self::NotYet
        } else if matches!(why, E::NotValidForName | E::NotValidForNameContext { .. }) {
            Self::Name(why.to_string())
        } else {
            Self::Unusable(why.to_string())
        }
    }
}

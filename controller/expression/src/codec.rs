//! The encoders and decoders of `java.util.Base64`.

use base64::Engine as _;
use base64::alphabet::{Alphabet, STANDARD, URL_SAFE};
use base64::engine::DecodePaddingMode;
use base64::engine::general_purpose::{GeneralPurpose, GeneralPurposeConfig};

/// Which alphabet, and whether what is encoded ends in `=`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Codec {
    pub(crate) is_for_addresses: bool,
    pub(crate) is_padded: bool,
    /// A decoder, not an encoder.
    pub(crate) decodes: bool,
}

impl Codec {
    fn engine(self) -> GeneralPurpose {
        let alphabet: &Alphabet = if self.is_for_addresses { &URL_SAFE } else { &STANDARD };
        // Java's decoders take what has no padding too.
        let config = GeneralPurposeConfig::new()
            .with_encode_padding(self.is_padded)
            .with_decode_padding_mode(DecodePaddingMode::Indifferent);
        GeneralPurpose::new(alphabet, config)
    }

    pub(crate) fn encode(self, bytes: &[u8]) -> String {
        self.engine().encode(bytes)
    }

    pub(crate) fn decode(self, text: &str) -> Option<Vec<u8>> {
        self.engine().decode(text).ok()
    }
}

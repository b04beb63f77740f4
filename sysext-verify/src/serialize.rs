//! Every type is its text, and is read back through the only door that it has: its parser.

use std::fmt;

use serde_core::{
    Deserialize, Deserializer, Serialize, Serializer,
    de::{Error, Visitor},
};

use crate::{FileName, Manifest, Sha256Digest};

macro_rules! as_text {
    ($($kind:ty: $read:expr, $expected:literal;)+) => {$(
        impl Serialize for $kind {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(self)
            }
        }

        impl<'de> Deserialize<'de> for $kind {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                deserializer.deserialize_str(Text { read: $read, expected: $expected })
            }
        }
    )+};
}

as_text! {
    FileName: str::parse, "a file name";
    Manifest: |text| Self::parse(text.as_bytes()), "a manifest";
    Sha256Digest: str::parse, "the 64 hexadecimal digits of a SHA-256 digest";
}

struct Text<T, E> {
    read: fn(&str) -> Result<T, E>,
    expected: &'static str,
}

impl<T, E: fmt::Display> Visitor<'_> for Text<T, E> {
    type Value = T;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.expected)
    }

    fn visit_str<F: Error>(self, text: &str) -> Result<T, F> {
        (self.read)(text).map_err(F::custom)
    }
}

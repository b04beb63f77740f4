use std::{fmt, marker::PhantomData, str::FromStr};

use serde_core::{
    Deserialize, Deserializer, Serialize, Serializer,
    de::{Error, Visitor},
    ser::SerializeStruct,
};

use crate::squashfs::{BlockSize, Compression, Summary};

/// What displays and parses, as its text.
macro_rules! as_text {
    ($($type:ty),+) => { $(
        impl Serialize for $type {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(self)
            }
        }

        impl<'de> Deserialize<'de> for $type {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                deserializer.deserialize_str(Text(PhantomData))
            }
        }
    )+ };
}

as_text!(BlockSize, Compression);

struct Text<T>(PhantomData<T>);

impl<T: FromStr<Err: fmt::Display>> Visitor<'_> for Text<T> {
    type Value = T;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a text")
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<T, E> {
        text.parse().map_err(E::custom)
    }
}

impl Serialize for Summary {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut summary = serializer.serialize_struct("Summary", 4)?;
        summary.serialize_field("image_bytes", &self.image_bytes)?;
        summary.serialize_field("content_bytes", &self.content_bytes)?;
        summary.serialize_field("inodes", &self.inodes)?;
        summary.serialize_field("duplicates", &self.duplicates)?;
        summary.end()
    }
}

/// The code, the path as text, and a sentence.
#[cfg(feature = "fs")]
impl Serialize for crate::Loss {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut loss = serializer.serialize_struct("Loss", 3)?;
        loss.serialize_field("code", self.code())?;
        loss.serialize_field("path", &self.path().to_string())?;
        loss.serialize_field("text", &self.to_string())?;
        loss.end()
    }
}

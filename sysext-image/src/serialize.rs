use std::fmt;

#[cfg(any(feature = "fs", feature = "tar"))]
use serde_core::ser::SerializeMap;
use serde_core::{
    Deserialize, Deserializer, Serialize, Serializer,
    de::{Error, Visitor},
    ser::SerializeStruct,
};

use crate::squashfs::{BlockSize, CacheUse, Compression, Summary};

/// What displays and parses, as its text.
macro_rules! as_text {
    ($($type:ty: $expected:literal;)+) => { $(
        impl Serialize for $type {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(self)
            }
        }

        impl<'de> Deserialize<'de> for $type {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                deserializer.deserialize_str(Text { read: str::parse, expected: $expected })
            }
        }
    )+ };
}

as_text! {
    BlockSize: "a block size from 4K to 1M";
    Compression: "a compression such as none";
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

impl Serialize for Summary {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut summary = serializer.serialize_struct("Summary", 5)?;
        summary.serialize_field("image_bytes", &self.image_bytes)?;
        summary.serialize_field("content_bytes", &self.content_bytes)?;
        summary.serialize_field("inodes", &self.inodes)?;
        summary.serialize_field("duplicates", &self.duplicates)?;
        summary.serialize_field("cache", &self.cache)?;
        summary.end()
    }
}

impl Serialize for CacheUse {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut cache = serializer.serialize_struct("CacheUse", 3)?;
        cache.serialize_field("hits", &self.hits)?;
        cache.serialize_field("misses", &self.misses)?;
        cache.serialize_field("faults", &self.faults)?;
        cache.end()
    }
}

#[cfg(any(feature = "fs", feature = "tar"))]
impl Serialize for crate::Loss {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut loss = serializer.serialize_map(None)?;
        loss.serialize_entry("code", self.code())?;
        loss.serialize_entry("path", &self.path().to_string())?;
        match self {
            Self::Acl { found, stored, widened, .. } => {
                loss.serialize_entry("found", found)?;
                loss.serialize_entry("stored", stored)?;
                loss.serialize_entry("widened", widened)?;
            }
            Self::Mtime { seconds, .. } => loss.serialize_entry("seconds", seconds)?,
            Self::Xattr { name, .. } => {
                loss.serialize_entry("name", &String::from_utf8_lossy(name))?;
            }
        }
        loss.serialize_entry("text", &self.to_string())?;
        loss.end()
    }
}

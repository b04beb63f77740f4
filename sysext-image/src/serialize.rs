use std::fmt;

use serde_core::{
    Deserialize, Deserializer, Serialize, Serializer,
    de::{Error, Visitor},
    ser::{SerializeMap, SerializeStruct},
};

use crate::{
    Change, Difference, DifferenceKind, Finding,
    squashfs::{BlockSize, CacheUse, Compression, Summary},
};

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

impl Serialize for Finding {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut finding = serializer.serialize_struct("Finding", 4)?;
        finding.serialize_field("code", self.code())?;
        finding.serialize_field("severity", self.severity.as_str())?;
        finding.serialize_field("path", &self.path.as_ref().map(ToString::to_string))?;
        finding.serialize_field("text", &self.kind.to_string())?;
        finding.end()
    }
}

impl Serialize for Difference {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut difference = serializer.serialize_map(None)?;
        difference.serialize_entry("path", &self.path.as_ref().map(ToString::to_string))?;
        difference.serialize_entry("change", self.kind.code())?;
        if let DifferenceKind::Changed(changes) = &self.kind {
            difference.serialize_entry("changes", changes)?;
        }
        difference.end()
    }
}

impl Serialize for Change {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut change = serializer.serialize_map(None)?;
        change.serialize_entry("code", self.code())?;
        match self {
            Self::Content { at } => change.serialize_entry("at", at)?,
            Self::Device { old, new } => {
                let text = |device: &crate::Device| format!("{}:{}", device.major, device.minor);
                both(&mut change, &text(old), &text(new))?;
            }
            Self::Kind { old, new } => both(&mut change, old, new)?,
            Self::Links { old, new } | Self::Mtime { old, new } => both(&mut change, old, new)?,
            Self::Mode { old, new } => {
                both(&mut change, &format!("{old:04o}"), &format!("{new:04o}"))?;
            }
            Self::Owner { old, new } => both(&mut change, old, new)?,
            Self::Size { old, new } => both(&mut change, old, new)?,
            Self::Target { old, new } => {
                both(&mut change, &String::from_utf8_lossy(old), &String::from_utf8_lossy(new))?;
            }
            Self::Xattr { name, old, new } => {
                let text = |value: &Option<Box<[u8]>>| {
                    value.as_ref().map(|value| String::from_utf8_lossy(value).into_owned())
                };
                change.serialize_entry("name", &name.to_string())?;
                both(&mut change, &text(old), &text(new))?;
            }
        }
        change.serialize_entry("text", &self.to_string())?;
        change.end()
    }
}

fn both<M: SerializeMap>(
    map: &mut M,
    old: &(impl Serialize + ?Sized),
    new: &(impl Serialize + ?Sized),
) -> Result<(), M::Error> {
    map.serialize_entry("old", old)?;
    map.serialize_entry("new", new)
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

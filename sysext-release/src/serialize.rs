//! What has a text is that text in data, and is read back through the only door that it has: its
//! parser.

use std::fmt;

use serde_core::{
    Deserialize, Deserializer, Serialize, Serializer,
    de::{Error, Visitor},
    ser::SerializeStruct,
};

use crate::{
    Architecture, Class, ExtensionName, ExtensionRelease, Fit, FitReason, Misfit, MisfitReason,
    OsRelease, Scope, Systemd, Warning, env_file::Assignment, version::Version,
};

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
    Architecture: str::parse, "the name of an architecture";
    Class: str::parse, "the name of an extension class";
    ExtensionName: str::parse, "the name of an extension";
    ExtensionRelease: |file| Self::parse(file.as_bytes()), "an extension-release file";
    OsRelease: |file| Self::parse(file.as_bytes()), "an os-release file";
    Scope: str::parse, "the name of a scope";
    Systemd: str::parse, "a version of systemd as a text";
    Version: str::parse, "a version";
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

impl Serialize for Assignment<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut object = serializer.serialize_struct("Assignment", 3)?;
        object.serialize_field("key", self.key)?;
        object.serialize_field("value", &self.value)?;
        object.serialize_field("line", &self.line)?;
        object.end()
    }
}

macro_rules! verdict {
    ($($kind:ident, $reason:ident;)+) => {$(
        impl Serialize for $kind {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                let mut object = serializer.serialize_struct(stringify!($kind), 2)?;
                object.serialize_field("reason", &self.reason)?;
                object.serialize_field("warnings", &self.warnings)?;
                object.end()
            }
        }

        impl Serialize for $reason {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                let mut object = serializer.serialize_struct(stringify!($reason), 5)?;
                object.serialize_field("code", self.code())?;
                object.serialize_field("key", &self.key())?;
                object.serialize_field("host", &self.host())?;
                object.serialize_field("extension", &self.extension())?;
                object.serialize_field("text", &format_args!("{self}"))?;
                object.end()
            }
        }
    )+};
}

verdict! {
    Fit, FitReason;
    Misfit, MisfitReason;
}

impl Serialize for Warning {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut object = serializer.serialize_struct("Warning", 6)?;
        object.serialize_field("code", self.code())?;
        object.serialize_field("key", &self.key())?;
        object.serialize_field("line", &self.line())?;
        object.serialize_field("host", &self.host())?;
        object.serialize_field("extension", &self.extension())?;
        object.serialize_field("text", &format_args!("{self}"))?;
        object.end()
    }
}

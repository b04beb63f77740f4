use std::fmt;

use serde::{Serialize, Serializer, ser::SerializeStruct};

use super::{FitReason, MisfitReason, Warning};

/// What reasons and warnings are in data: a code for programs, the two values, and the sentence for people.
fn serialize<S: Serializer>(
    serializer: S,
    code: &str,
    (host, extension): (Option<&str>, Option<&str>),
    text: &impl fmt::Display,
) -> Result<S::Ok, S::Error> {
    let mut object = serializer.serialize_struct("Reason", 4)?;
    object.serialize_field("code", code)?;
    object.serialize_field("host", &host)?;
    object.serialize_field("extension", &extension)?;
    object.serialize_field("text", &format_args!("{text}"))?;
    object.end()
}

impl Serialize for FitReason {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serialize(serializer, self.code(), (self.host(), self.extension()), self)
    }
}

impl Serialize for MisfitReason {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serialize(serializer, self.code(), (self.host(), self.extension()), self)
    }
}

impl Serialize for Warning {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serialize(serializer, self.code(), (self.host(), self.extension()), self)
    }
}

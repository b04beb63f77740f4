use std::env;

use thiserror::Error;

use super::BakeError;

/// Seconds since 1970, in digits only.
pub(super) fn parse(text: &str) -> Result<u32, InvalidEpochError> {
    let digits = text.bytes().all(|byte| byte.is_ascii_digit());
    text.parse().ok().filter(|_| digits).ok_or(InvalidEpochError)
}

/// What `SOURCE_DATE_EPOCH` says, 0 without it.
pub(super) fn from_environment() -> Result<u32, BakeError> {
    let Some(value) = env::var_os("SOURCE_DATE_EPOCH") else { return Ok(0) };
    let seconds = value.to_str().ok_or(InvalidEpochError).and_then(parse);
    seconds.map_err(|source| BakeError::SourceDateEpoch { value, source })
}

/// The text is no time that an image can have.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
#[error("expected seconds since 1970, up to 4294967295")]
pub struct InvalidEpochError;

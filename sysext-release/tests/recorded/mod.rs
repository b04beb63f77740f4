//! Reads the files in `data`, whose first line names the tools that gave the answers.

use serde_json::Value;

const TOOLS: &str = "# systemd 257.13 (Debian 257.13-1~deb13u1) and 262 (Debian 262-1)";

/// The lines behind the first.
pub(crate) fn rows(file: &str) -> impl Iterator<Item = &str> {
    let mut lines = file.lines();
    assert_eq!(lines.next(), Some(TOOLS));
    lines
}

/// The same of a file with an object in each line.
pub(crate) fn objects(file: &str) -> impl Iterator<Item = Value> {
    rows(file).map(|row| serde_json::from_str(row).unwrap_or_else(|error| panic!("{row}: {error}")))
}

/// The bytes that a recorded text stands for.
pub(crate) fn latin1(text: &str) -> Vec<u8> {
    text.chars().map(|character| u8::try_from(character).expect("Latin-1")).collect()
}

//! Texts that were written into transfer files, and what the real systemd made of them.

use std::borrow::Cow;

use serde_json::Value;
use sysupdate_conf::EscapeError;

/// Writes each text of a recorded file: as it was found by systemd, or not at all where it was not. Returns how many
/// texts there are.
pub(crate) fn agree(
    file: &str,
    escape: impl for<'a> Fn(&'a str) -> Result<Cow<'a, str>, EscapeError>,
) -> usize {
    let mut rows = file.lines();
    let head = "# systemd-sysupdate 257.13 (257.13-1~deb13u1) and 262 (262-1), x86-64";
    assert_eq!(rows.next(), Some(head));
    let mut seen = 0;
    let mut disagreements = Vec::new();
    for row in rows {
        let fields: Value = serde_json::from_str(row).expect("an object");
        let field = |key| fields.get(key).and_then(Value::as_str);
        let literal = field("literal").expect("a text");
        let found = field("257") == Some("found") && field("262").is_none_or(|it| it == "found");
        let expected = if found { field("written") } else { None };
        let written = escape(literal);
        if written.as_deref().ok() != expected {
            disagreements.push((row, written.map(Cow::into_owned)));
        }
        seen += 1;
    }
    assert!(disagreements.is_empty(), "{disagreements:#?}");
    seen
}

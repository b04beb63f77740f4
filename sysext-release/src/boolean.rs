/// Reads a boolean as systemd does in files and attributes, in any case.
pub(crate) fn parse(value: &[u8]) -> Option<bool> {
    let is =
        |words: [&str; 6]| words.iter().any(|word| value.eq_ignore_ascii_case(word.as_bytes()));
    if is(["1", "yes", "y", "true", "t", "on"]) {
        Some(true)
    } else if is(["0", "no", "n", "false", "f", "off"]) {
        Some(false)
    } else {
        None
    }
}

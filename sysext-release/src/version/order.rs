use std::cmp::Ordering;

/// Compares two versions as systemd does, whatever their characters; see the
/// [module](crate::version).
///
/// Takes linear time and does not allocate. An empty text is a version like any other:
/// `~ < "" < 0`.
///
/// ```
/// use std::cmp::Ordering;
///
/// use sysext_release::version::compare;
///
/// assert_eq!(compare("1.10", "1.9"), Ordering::Greater);
/// assert_eq!(compare("1.0~rc1", "1.0"), Ordering::Less);
/// assert_eq!(compare("1.0-rc1", "1.0"), Ordering::Greater);
/// assert_eq!(compare("1.01", "1.1"), Ordering::Equal);
/// ```
pub fn compare(left: &str, right: &str) -> Ordering {
    let (mut left, mut right) = (left.as_bytes(), right.as_bytes());
    loop {
        left = skip_uncounted(left);
        right = skip_uncounted(right);

        // A tilde sorts before the end of the text, the other separators after it.
        let mut order = separator(b'~', &mut left, &mut right);
        if order.is_eq() {
            if left.is_empty() || right.is_empty() {
                return left.len().cmp(&right.len());
            }
            order = separator(b'-', &mut left, &mut right)
                .then_with(|| separator(b'^', &mut left, &mut right))
                .then_with(|| separator(b'.', &mut left, &mut right))
                .then_with(|| run(&mut left, &mut right));
        }
        if order.is_ne() {
            return order;
        }
    }
}

/// Drops what neither counts nor orders from the front.
fn skip_uncounted(text: &[u8]) -> &[u8] {
    split_run(text, |byte| !byte.is_ascii_alphanumeric() && !b"~-^.".contains(&byte)).1
}

/// Takes one `separator` from the front of both. The one that has it alone is the older one.
fn separator(separator: u8, left: &mut &[u8], right: &mut &[u8]) -> Ordering {
    match (left.strip_prefix(&[separator]), right.strip_prefix(&[separator])) {
        (None, None) => Ordering::Equal,
        (None, Some(_)) => Ordering::Greater,
        (Some(_), None) => Ordering::Less,
        (Some(after_left), Some(after_right)) => {
            (*left, *right) = (after_left, after_right);
            Ordering::Equal
        }
    }
}

/// Takes a number from the front of both, or, if neither begins with one, letters.
fn run(left: &mut &[u8], right: &mut &[u8]) -> Ordering {
    let is_number = |text: &[u8]| text.first().is_some_and(u8::is_ascii_digit);
    if is_number(left) || is_number(right) {
        let (left, right) = (take_run(left, is_digit), take_run(right, is_digit));
        // No number at all is older than zero.
        return (!left.is_empty()).cmp(&!right.is_empty()).then_with(|| {
            let (_, left) = split_run(left, |byte| byte == b'0');
            let (_, right) = split_run(right, |byte| byte == b'0');
            left.len().cmp(&right.len()).then_with(|| left.cmp(right))
        });
    }
    take_run(left, is_letter).cmp(take_run(right, is_letter))
}

fn take_run<'a>(text: &mut &'a [u8], belongs: fn(u8) -> bool) -> &'a [u8] {
    let (run, rest) = split_run(text, belongs);
    *text = rest;
    run
}

fn split_run(text: &[u8], belongs: impl Fn(u8) -> bool) -> (&[u8], &[u8]) {
    let end = text.iter().position(|&byte| !belongs(byte)).unwrap_or(text.len());
    text.split_at(end)
}

fn is_digit(byte: u8) -> bool {
    byte.is_ascii_digit()
}

fn is_letter(byte: u8) -> bool {
    byte.is_ascii_alphabetic()
}

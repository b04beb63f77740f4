//! Digests of memory and readers.

use std::io::{self, Read};

use sysext_verify::Sha256Digest;

/// The two test messages of FIPS 180, and the empty one.
const KNOWN: [(&str, &str); 3] = [
    ("", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
    ("abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
    (
        "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
        "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1",
    ),
];

#[test]
fn known_messages_have_known_digests() {
    for (message, expected) in KNOWN {
        assert_eq!(Sha256Digest::of(message.as_bytes()).to_string(), expected, "{message:?}");
        assert_eq!(
            Sha256Digest::of_reader(message.as_bytes()).unwrap().to_string(),
            expected,
            "{message:?}"
        );
    }
}

#[test]
fn text_is_read_in_either_case_and_written_in_lower_case() {
    for (_, text) in KNOWN {
        let digest: Sha256Digest = text.parse().unwrap();
        assert_eq!(text.to_uppercase().parse(), Ok(digest), "{text}");
        assert_eq!(digest.to_string(), text);
        assert_eq!(format!("{digest:?}"), format!("Sha256Digest({text})"));
    }
}

#[test]
fn the_hexadecimal_form_is_the_text_too() {
    let (_, text) = KNOWN[1];
    let digest = Sha256Digest::of(b"abc");
    assert_eq!(format!("{digest:x}"), text);
    assert_eq!(format!("{digest:#x}"), format!("0x{text}"));
    assert_eq!(format!("{digest:>66x}"), format!("  {text}"));
}

#[test]
fn the_bytes_are_those_that_the_text_writes() {
    let digest: Sha256Digest = format!("{}fe", "01".repeat(31)).parse().unwrap();
    let mut expected = [1; 32];
    expected[31] = 0xfe;
    assert_eq!(digest.as_bytes(), &expected);
    assert_eq!(digest.as_ref(), expected);
    assert_eq!(Sha256Digest::from(expected), digest);
}

#[test]
fn a_precision_shortens_the_text() {
    assert_eq!(format!("{:.12}", Sha256Digest::of(b"abc")), "ba7816bf8f01");
}

#[test]
fn other_text_is_refused() {
    let digits = "0".repeat(62);
    let lengths = [String::new(), format!("{digits}0"), format!("{digits}000"), "0".repeat(32)];
    for text in lengths {
        let error = text.parse::<Sha256Digest>().unwrap_err();
        let length = text.len();
        let expected =
            format!("invalid digest: it has {length} bytes, not the 64 digits of SHA-256");
        assert_eq!(error.to_string(), expected, "{text:?}");
    }
    let table = [
        (format!("g{digits}0"), "'g' at byte 0"),
        (format!("{digits}0 "), "' ' at byte 63"),
        (format!("+{digits}0"), "'+' at byte 0"),
        (format!("{digits}é"), "'é' at byte 62"),
        (format!("\u{661}{digits}"), "'\u{661}' at byte 0"),
    ];
    for (text, place) in table {
        let error = text.parse::<Sha256Digest>().unwrap_err();
        let expected = format!("invalid digest {text:?}: {place} is no hexadecimal digit");
        assert_eq!(error.to_string(), expected, "{text:?}");
    }
}

#[test]
fn a_reader_is_read_to_its_end_through_short_reads_and_interruptions() {
    let message = vec![7; 200_000];
    let reader = Stuttering { rest: &message, interrupted: false };
    assert_eq!(Sha256Digest::of_reader(reader).unwrap(), Sha256Digest::of(&message));
}

#[test]
fn an_error_of_the_reader_is_handed_on() {
    let reader = b"abc".chain(Failing);
    let error = Sha256Digest::of_reader(reader).unwrap_err();
    assert_eq!((error.kind(), error.to_string().as_str()), (io::ErrorKind::Other, "disk on fire"));
}

/// Reads at most 1000 bytes at a time and is interrupted before each read.
struct Stuttering<'a> {
    rest: &'a [u8],
    interrupted: bool,
}

impl Read for Stuttering<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.interrupted = !self.interrupted;
        if self.interrupted {
            return Err(io::ErrorKind::Interrupted.into());
        }
        self.rest.by_ref().take(1000).read(buffer)
    }
}

struct Failing;

impl Read for Failing {
    fn read(&mut self, _buffer: &mut [u8]) -> io::Result<usize> {
        Err(io::Error::other("disk on fire"))
    }
}

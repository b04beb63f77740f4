/// The digest of a block and of how it is compressed.
pub(super) type Key = [u8; 32];

/// How the names of files begin that will be entries.
pub(super) const UNFINISHED: &str = ".new.";

/// What is in front of the compressed bytes: a magic number, their digest, and whether there are any.
pub(super) const HEADER: u64 = MAGIC.len() as u64 + 32 + 1;

/// With the version of the format.
const MAGIC: [u8; 8] = *b"sysextb1";

/// What an entry says of a block.
#[derive(Clone, Copy)]
pub(super) enum Form<'a> {
    Compressed(&'a [u8]),
    /// It does not become shorter.
    Stored,
}

/// Puts the bytes of an entry into `bytes`.
pub(super) fn encode(key: &Key, form: Form<'_>, bytes: &mut Vec<u8>) {
    let (kind, compressed) = match form {
        Form::Compressed(compressed) => (1, compressed),
        Form::Stored => (0, &[][..]),
    };
    bytes.clear();
    bytes.push(kind);
    bytes.extend_from_slice(compressed);
    let digest = digest(key, bytes);
    bytes.splice(..0, MAGIC.into_iter().chain(digest));
}

/// What an entry says; nothing if it is damaged, or of another key.
pub(super) fn decode<'a>(key: &Key, bytes: &'a [u8]) -> Option<Form<'a>> {
    let (found, content) = bytes.strip_prefix(&MAGIC)?.split_first_chunk::<32>()?;
    if *found != digest(key, content) {
        return None;
    }
    match content {
        [0] => Some(Form::Stored),
        [1, compressed @ ..] => Some(Form::Compressed(compressed)),
        _ => None,
    }
}

/// Depends on the key, so that an entry under the name of another one is a damaged one.
fn digest(key: &Key, content: &[u8]) -> [u8; 32] {
    blake3::keyed_hash(key, content).into()
}

/// The directory of an entry, one of 256, and its name there.
pub(super) fn place(key: &Key) -> (String, String) {
    let mut shard = blake3::Hash::from_bytes(*key).to_hex().to_string();
    let name = shard.split_off(2);
    (shard, name)
}

/// Whether a name is that of an entry.
pub(super) fn is_name(name: &str) -> bool {
    name.len() == 62 && name.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
}

//! Damage of all kinds at all places: an error or another image, in bounded time.

use std::{fs, ops::Range, path::Path};

use sysext_image::{ImageOptions, squashfs::Compression};

use crate::{look, patch, patch::Patched, sample, write};

/// How many entries and bytes of one mutant are looked at.
const ENTRIES: u64 = 1000;
const BYTES: u64 = 256 << 10;

/// An image, the places in it that damage does most at, and its share of the mutants.
struct Subject {
    name: String,
    image: Vec<u8>,
    /// Where the metadata is.
    metadata: Range<usize>,
    share: usize,
}

/// `SplitMix64`: the same numbers every time.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ self.0 >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ mixed >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ mixed >> 31
    }

    fn below(&mut self, end: usize) -> usize {
        let end = u64::try_from(end.max(1)).expect("64 bits");
        usize::try_from(self.next() % end).expect("less than an usize")
    }

    fn within(&mut self, range: &Range<usize>) -> usize {
        range.start + self.below(range.len())
    }
}

fn subjects() -> Vec<Subject> {
    let mut subjects = Vec::new();
    for name in ["none", "zstd", "gzip", "xz", "lz4"] {
        let Ok(compression) = name.parse::<Compression>() else { continue };
        let image = write(&sample(), compression);
        let metadata = Patched(image.clone()).table(patch::INODE_TABLE)..image.len();
        // Behind a compressor, damage mostly goes no further than to it.
        let share = if name == "none" { 40 } else { 8 };
        subjects.push(Subject { name: name.to_owned(), image, metadata, share });
    }
    let seeds = Path::new(env!("CARGO_MANIFEST_DIR")).join("../fuzz/seeds/image");
    let mut seed = |name: &str, metadata: Range<usize>, share| {
        let image = fs::read(seeds.join(name)).expect("a seed");
        subjects.push(Subject { name: name.to_owned(), image, metadata, share });
    };
    if cfg!(feature = "erofs") {
        seed("erofs-plain", 1024..4096, 12);
        seed("erofs-lz4", 1024..4096, 6);
        seed("erofs-zstd", 1024..4096, 6);
    }
    if cfg!(feature = "ddi") {
        seed("ddi", 34 * 512..50 * 512, 4);
    }
    subjects
}

/// An image with one to three changes.
fn mutant(subject: &Subject, random: &mut Random) -> Vec<u8> {
    let mut image = subject.image.clone();
    for _ in 0..=random.below(3) {
        let everything = 0..image.len();
        let place = match random.below(8) {
            0 => random.below(96),
            1 => random.within(&everything),
            _ => random.within(&subject.metadata),
        };
        let bytes = bytes(subject, place, random);
        for (to, from) in image.iter_mut().skip(place).zip(bytes) {
            *to = from;
        }
    }
    if random.below(64) == 0 {
        image.truncate(random.below(image.len()));
    }
    image
}

/// What comes to a place.
fn bytes(subject: &Subject, place: usize, random: &mut Random) -> Vec<u8> {
    const AT_LIMITS: [u64; 8] = [0, 1, 0x7f, 0xff, 0x8000, 0xffff, 0x7fff_ffff, u64::MAX];
    let byte = subject.image.get(place).copied().unwrap_or_default();
    let length = 1 << random.below(4);
    let number = match random.below(8) {
        0 => return vec![byte ^ 1 << random.below(8)],
        // Something that is elsewhere in it.
        1 | 2 => {
            let from = random.within(&subject.metadata);
            return subject.image.iter().skip(from).take(length * 2).copied().collect();
        }
        3 => random.next() % 4096,
        4 => random.next(),
        _ => *AT_LIMITS.get(random.below(AT_LIMITS.len())).expect("one of them"),
    };
    number.to_le_bytes().into_iter().take(length).collect()
}

#[test]
fn damage_is_an_error_or_another_image_and_never_a_panic() {
    let count = if std::env::var_os("SYSEXT_LONG").is_some() { 100_000 } else { 10_000 };
    let subjects = subjects();
    let shares = subjects.iter().map(|subject| subject.share).sum::<usize>();
    let options = ImageOptions::default().with_entries(ENTRIES).with_xattr_bytes(1 << 20);
    for subject in &subjects {
        let mut random = Random(1);
        let mutants = count * subject.share / shares;
        let (error, expected) = look(subject.image.clone(), &options, BYTES);
        assert_eq!(error, None, "{}", subject.name);
        let mut reached = 0;
        for _ in 0..mutants {
            let (_, entries) = look(mutant(subject, &mut random), &options, BYTES);
            assert!(entries <= ENTRIES, "{}: {entries} entries", subject.name);
            reached += usize::from(entries >= expected / 2);
        }
        // Otherwise this tests the door and nothing that is behind it.
        assert!(reached * 20 > mutants, "{}: {reached} of {mutants}", subject.name);
    }
}

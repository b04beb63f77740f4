use std::ops::RangeInclusive;

macro_rules! level {
    ($(#[$doc:meta])* $name:ident: $least:literal..=$most:literal, $(#[$why:meta])* $default:literal) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(u8);

        impl $name {
            pub(super) const ALL: RangeInclusive<u8> = $least..=$most;

            /// This level, if the compressor has it.
            pub const fn new(level: u8) -> Option<Self> {
                if matches!(level, $least..=$most) { Some(Self(level)) } else { None }
            }

            /// The level that these digits are.
            pub(super) fn parse(digits: &str) -> Option<Self> {
                // The standard library would take a plus sign as well.
                let plain = digits.bytes().all(|byte| byte.is_ascii_digit());
                digits.parse().ok().filter(|_| plain).and_then(Self::new)
            }

            /// The level as a number.
            pub const fn get(self) -> u8 {
                self.0
            }
        }

        $(#[$why])*
        impl Default for $name {
            fn default() -> Self {
                Self($default)
            }
        }
    };
}

#[cfg(feature = "gzip")]
level! {
    /// A level of libdeflate that an image can be compressed with, 1 to 12.
    ///
    /// 10 to 12 look for the shortest form, which takes many times as long as 9. The format has no word for them: the
    /// image says 9.
    GzipLevel: 1..=12,
    /// 9, the level of mksquashfs.
    9
}

#[cfg(feature = "xz")]
level! {
    /// A level of xz that an image can be compressed with, 0 to 9.
    ///
    /// The levels above 6 differ from it in their dictionary alone, which here is no longer than a block: their images
    /// are those of 6.
    XzLevel: 0..=9,
    /// 6, the level of mksquashfs.
    6
}

#[cfg(feature = "zstd")]
level! {
    /// A level of zstd that an image can be compressed with, 1 to 22.
    ZstdLevel: 1..=22,
    /// 15, the level of mksquashfs: beyond it an image takes three times as long for a percent.
    15
}

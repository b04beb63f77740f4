use std::fmt;

/// A number of bytes, shown with a binary unit: `512 B`, `1.5 KiB`, `84.0 MiB`.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Size(pub(crate) u64);

impl fmt::Display for Size {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut unit = 1_u64;
        let mut name = "B";
        for larger in ["KiB", "MiB", "GiB", "TiB"] {
            if self.0 / unit < 1024 {
                break;
            }
            (unit, name) = (unit << 10, larger);
        }
        if unit == 1 {
            return write!(f, "{} B", self.0);
        }
        // One decimal, rounded down: an image of 1023.99 KiB is not 1024.0 KiB.
        write!(f, "{}.{} {name}", self.0 / unit, self.0 % unit * 10 / unit)
    }
}

#[cfg(test)]
mod tests {
    use super::Size;

    #[test]
    fn sizes_have_the_largest_unit_that_fits() {
        let cases = [
            (0, "0 B"),
            (1023, "1023 B"),
            (1024, "1.0 KiB"),
            (1536, "1.5 KiB"),
            ((1 << 20) - 1, "1023.9 KiB"),
            (88_087_757, "84.0 MiB"),
            (u64::MAX, "16777215.9 TiB"),
        ];
        for (bytes, expected) in cases {
            assert_eq!(Size(bytes).to_string(), expected, "{bytes}");
        }
    }
}

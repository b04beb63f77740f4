/// The attribute in which Linux keeps the access control list of an inode.
pub(crate) const ACCESS: &[u8] = b"system.posix_acl_access";

/// What a list grants, as three bits each.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct AccessList {
    /// What the owning group may do.
    pub(crate) group: u16,
    /// What all users and groups that are named in it may do.
    pub(crate) least: u16,
    /// Whether it says more than a mode can: it has a mask, or names somebody.
    pub(crate) extends_mode: bool,
}

/// Reads a list as text, as archives have it. See acl(5).
///
/// None if it is not as text should be.
#[cfg(feature = "tar")]
pub(crate) fn read_text(text: &[u8]) -> Option<AccessList> {
    let mut group = None;
    let (mut least, mut mask) = (0o7, None);
    let mut named = false;
    for entry in text.split(|byte| matches!(byte, b',' | b'\n')).map(<[u8]>::trim_ascii) {
        if entry.is_empty() {
            continue;
        }
        // Some programs add the number of who is named by name.
        let mut parts = entry.split(|byte| *byte == b':');
        let (tag, name, rights) = (parts.next()?, parts.next()?, parts.next()?);
        let mut permissions = 0;
        // Behind the rights, some tools say what the mask leaves of them.
        let rights = rights.split(u8::is_ascii_whitespace).next()?;
        for right in rights {
            permissions |= match right {
                b'r' => 4,
                b'w' => 2,
                b'x' => 1,
                b'-' => 0,
                _ => return None,
            };
        }
        match (tag, name) {
            (b"group" | b"g", b"") => group = Some(permissions),
            (b"user" | b"u" | b"other" | b"o", b"") => {}
            (b"mask" | b"m", b"") => mask = Some(permissions),
            (b"group" | b"g" | b"user" | b"u", _) => {
                named = true;
                least &= permissions;
            }
            _ => return None,
        }
    }
    let extends_mode = named || mask.is_some();
    let mask = mask.unwrap_or(0o7);
    Some(AccessList { group: group? & mask, least: least & mask, extends_mode })
}

/// Reads the value of [`ACCESS`]. See acl(5).
///
/// None if the value is not of the one version that there is.
pub(crate) fn read(value: &[u8]) -> Option<AccessList> {
    /// The entry of a named user.
    const NAMED_USER: u16 = 0x02;
    /// The entry of the owning group.
    const GROUP: u16 = 0x04;
    /// The entry of a named group.
    const NAMED_GROUP: u16 = 0x08;
    /// The entry that limits all groups and named users.
    const MASK: u16 = 0x10;
    let (entries, []) = value.strip_prefix(&2_u32.to_le_bytes())?.as_chunks::<8>() else {
        return None;
    };
    let mut group = None;
    let (mut least, mut mask) = (0o7, None);
    let mut named = false;
    for &[tag, tag_high, permissions, _, ..] in entries {
        let permissions = u16::from(permissions) & 0o7;
        match u16::from_le_bytes([tag, tag_high]) {
            GROUP => group = Some(permissions),
            NAMED_USER | NAMED_GROUP => {
                named = true;
                least &= permissions;
            }
            MASK => mask = Some(permissions),
            _ => {}
        }
    }
    let extends_mode = named || mask.is_some();
    let mask = mask.unwrap_or(0o7);
    Some(AccessList { group: group? & mask, least: least & mask, extends_mode })
}

#[cfg(test)]
mod tests {
    use super::read;
    #[cfg(feature = "tar")]
    use super::{AccessList, read_text};

    /// A list of tags and permissions.
    fn list(entries: &[(u16, u16)]) -> Vec<u8> {
        let mut bytes = 2_u32.to_le_bytes().to_vec();
        for (tag, permissions) in entries {
            bytes.extend_from_slice(&tag.to_le_bytes());
            bytes.extend_from_slice(&permissions.to_le_bytes());
            bytes.extend_from_slice(&1234_u32.to_le_bytes());
        }
        bytes
    }

    #[test]
    fn the_mask_limits_the_group_and_those_with_a_name() {
        let (user, named_user, group, named_group, mask, other) = (1, 2, 4, 8, 0x10, 0x20);
        let cases = [
            (list(&[(user, 6), (group, 5), (other, 4)]), Some((5, 7))),
            (list(&[(user, 6), (named_user, 7), (group, 4), (mask, 7), (other, 0)]), Some((4, 7))),
            (list(&[(user, 6), (named_user, 7), (group, 6), (mask, 4), (other, 4)]), Some((4, 4))),
            (list(&[(user, 6), (named_user, 0), (group, 4), (mask, 4), (other, 4)]), Some((4, 0))),
            (list(&[(user, 6), (group, 7), (named_group, 1), (mask, 3), (other, 4)]), Some((3, 1))),
            (list(&[(user, 6), (group, 6), (mask, 0), (other, 4)]), Some((0, 0))),
            (list(&[(user, 6), (other, 4)]), None),
            (list(&[]), None),
            (Vec::new(), None),
            ([&list(&[(group, 6)])[..], b"x"].concat(), None),
            ([&1_u32.to_le_bytes()[..], &list(&[(group, 6)])[4..]].concat(), None),
        ];
        for (value, expected) in cases {
            let found = read(&value).map(|list| (list.group, list.least));
            assert_eq!(found, expected, "{value:?}");
        }
    }

    #[cfg(feature = "tar")]
    #[test]
    fn text_says_the_same() {
        let list = |group, least, extends_mode| Some(AccessList { group, least, extends_mode });
        let cases = [
            ("user::rw-,group::r-x,other::r--", list(5, 7, false)),
            ("user::rw-\ngroup::r--\nother::r--\n", list(4, 7, false)),
            ("u::rw-,u:1:rwx:1,g::r--,m::rwx,o::---", list(4, 7, true)),
            ("user::rw-,user:a:rwx,group::rw-,mask::r--,other::r--", list(4, 4, true)),
            ("user::rw-\nuser:a:-w-\t#effective:---\ngroup::rwx\nmask::r--", list(4, 0, true)),
            ("user::rw-,other::r--", None),
            ("group::rq-", None),
            ("default:group::r--", None),
            ("group", None),
            ("", None),
        ];
        for (text, expected) in cases {
            assert_eq!(read_text(text.as_bytes()), expected, "{text:?}");
        }
    }
}

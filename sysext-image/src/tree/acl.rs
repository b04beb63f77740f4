/// The attribute in which Linux keeps the access control list of an inode.
pub(crate) const ACCESS: &[u8] = b"system.posix_acl_access";

/// What a list grants, as three bits each.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct AccessList {
    /// What the owning group may do.
    pub(crate) group: u16,
    /// What all users and groups that are named in it may do.
    pub(crate) least: u16,
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
    let (mut least, mut mask) = (0o7, 0o7);
    for &[tag, tag_high, permissions, _, ..] in entries {
        let permissions = u16::from(permissions) & 0o7;
        match u16::from_le_bytes([tag, tag_high]) {
            GROUP => group = Some(permissions),
            NAMED_USER | NAMED_GROUP => least &= permissions,
            MASK => mask = permissions,
            _ => {}
        }
    }
    Some(AccessList { group: group? & mask, least: least & mask })
}

#[cfg(test)]
mod tests {
    use super::{AccessList, read};

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
            let expected = expected.map(|(group, least)| AccessList { group, least });
            assert_eq!(read(&value), expected, "{value:?}");
        }
    }
}

/// The attribute in which Linux keeps the access control list of an inode.
pub(super) const ACCESS: &[u8] = b"system.posix_acl_access";

/// What the owning group may do, as three bits, by the value of [`ACCESS`]. See acl(5).
///
/// None if the value is not of the one version that there is.
pub(super) fn group_permissions(value: &[u8]) -> Option<u16> {
    /// The entry of the owning group.
    const GROUP: u16 = 0x04;
    /// The entry that limits all groups and named users.
    const MASK: u16 = 0x10;
    let entries = value.strip_prefix(&2_u32.to_le_bytes())?;
    let mut group = None;
    let mut mask = 0o7;
    for entry in entries.chunks_exact(8) {
        let (tag, rest) = entry.split_first_chunk()?;
        let (permissions, _) = rest.split_first_chunk()?;
        let permissions = u16::from_le_bytes(*permissions) & 0o7;
        match u16::from_le_bytes(*tag) {
            GROUP => group = Some(permissions),
            MASK => mask = permissions,
            _ => {}
        }
    }
    Some(group? & mask)
}

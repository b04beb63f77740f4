//! What another implementation, backhand, reads from an image.

use std::{
    collections::BTreeMap,
    ffi::OsStr,
    io::{Cursor, Read},
    os::unix::ffi::OsStrExt,
};

use backhand::{FilesystemReader, InnerNode};
use sysext_image::{Device, Metadata, Node};

/// What is at each path. The attributes are empty: backhand reads none.
pub(crate) type View = BTreeMap<Vec<u8>, (Node, Metadata)>;

/// All of the image but its root.
pub(crate) fn read(image: Vec<u8>) -> View {
    let reader = FilesystemReader::from_reader(Cursor::new(image)).expect("an image");
    let mut view = View::new();
    for found in reader.files() {
        let path = found.fullpath.as_os_str().as_bytes();
        let path = path.strip_prefix(b"/").unwrap_or(path);
        if path.is_empty() {
            continue;
        }
        let node = match &found.inner {
            InnerNode::Dir(_) => Node::Directory,
            InnerNode::File(file) => {
                let mut content = Vec::new();
                reader.file(file).reader().read_to_end(&mut content).expect("content");
                Node::file(content)
            }
            InnerNode::Symlink(link) => Node::symlink(OsStr::as_bytes(link.link.as_os_str())),
            InnerNode::CharacterDevice(found) => Node::CharDevice(device(found.device_number)),
            InnerNode::BlockDevice(found) => Node::BlockDevice(device(found.device_number)),
            InnerNode::NamedPipe => Node::Fifo,
            InnerNode::Socket => Node::Socket,
        };
        let header = found.header;
        let metadata = Metadata::new(header.permissions)
            .with_owner(header.uid, header.gid)
            .with_mtime(header.mtime);
        let before = view.insert(path.to_vec(), (node, metadata));
        assert_eq!(before, None, "{} twice", path.escape_ascii());
    }
    view
}

fn device(number: u32) -> Device {
    Device { major: number >> 8 & 0xfff, minor: number & 0xff | number >> 12 & 0xf_ff00 }
}

use std::collections::BTreeMap;

use serde::Serialize;
use sysext_image::{Entry, Extension, Node};
use sysext_verify::Sha256Digest;

use super::Recipe;

/// What a catalogue wants to know of an image without opening it.
#[derive(Serialize)]
struct Sidecar<'a> {
    name: &'a str,
    version: &'a str,
    class: &'static str,
    architecture: &'static str,
    release: BTreeMap<String, String>,
    digest: String,
    size: u64,
    files: Vec<File>,
}

#[derive(Serialize)]
struct File {
    /// Bytes that are no UTF-8 are shown as `�`.
    path: String,
    kind: &'static str,
    mode: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    size: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    target: Option<String>,
}

impl File {
    fn new(entry: &Entry<'_>) -> Self {
        let mut file = Self {
            path: format!("/{}", entry.path()),
            kind: "directory",
            mode: format!("{:04o}", entry.metadata().mode),
            size: None,
            target: None,
        };
        file.kind = match entry.node() {
            Node::File(content) => {
                file.size = Some(content.len());
                "file"
            }
            Node::Symlink(target) => {
                file.target = Some(String::from_utf8_lossy(target).into_owned());
                "symlink"
            }
            Node::CharDevice(_) => "char",
            Node::BlockDevice(_) => "block",
            Node::Fifo => "fifo",
            Node::Socket => "socket",
            Node::Directory => "directory",
            _ => "other",
        };
        file
    }
}

/// The sidecar of an image, one JSON object.
pub(super) fn json(
    recipe: &Recipe<'_>,
    extension: &Extension,
    digest: Sha256Digest,
    size: u64,
) -> serde_json::Result<String> {
    let release = extension.release().assignments();
    let sidecar = Sidecar {
        name: recipe.name.as_str(),
        version: recipe.version.as_str(),
        class: recipe.args.class.as_str(),
        architecture: recipe.architecture.as_str(),
        release: release.map(|field| (field.key.to_owned(), field.value.into_owned())).collect(),
        digest: format!("sha256:{digest}"),
        size,
        files: extension.tree().entries().map(|entry| File::new(&entry)).collect(),
    };
    let mut json = serde_json::to_string_pretty(&sidecar)?;
    json.push('\n');
    Ok(json)
}

use std::{fs, os::unix::fs::symlink};

use serde_json::{Value, json};
use sysext_verify::Sha256Digest;

use crate::bakery::Bakery;

#[test]
fn the_sidecar_describes_the_image() {
    let bakery = Bakery::new();
    symlink("tool", bakery.path("tree/usr/bin/alias")).expect("a link");
    bakery
        .bake(&["--os", "flatcar", "--level", "1.0", "--version", "v1.2.3", "--reload"])
        .expect("a good bake");
    let image = fs::read(bakery.path("out/tree-v1.2.3-x86-64.raw")).expect("the image");
    let text = bakery.text("tree-v1.2.3-x86-64.json");
    let directory = |path: &str| json!({"path": path, "kind": "directory", "mode": "0755"});
    let expected = json!({
        "name": "tree",
        "version": "v1.2.3",
        "class": "sysext",
        "architecture": "x86-64",
        "release": {
            "ARCHITECTURE": "x86-64",
            "EXTENSION_RELOAD_MANAGER": "1",
            "ID": "flatcar",
            "SYSEXT_LEVEL": "1.0",
        },
        "digest": format!("sha256:{}", Sha256Digest::of(&image)),
        "size": image.len(),
        "files": [
            directory("/usr"),
            directory("/usr/bin"),
            {"path": "/usr/bin/alias", "kind": "symlink", "mode": "0777", "target": "tool"},
            {"path": "/usr/bin/tool", "kind": "file", "mode": "0644", "size": 10},
            directory("/usr/lib"),
            directory("/usr/lib/extension-release.d"),
            {
                "path": "/usr/lib/extension-release.d/extension-release.tree",
                "kind": "file",
                "mode": "0644",
                "size": 75,
            },
        ],
    });
    let found: Value = serde_json::from_str(&text).expect("JSON");
    assert_eq!(found, expected);
    assert!(text.ends_with("}\n"), "{text}");
}

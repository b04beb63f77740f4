//! A stranger's program: built by `.ci/run consumer` against the packaged crates and nothing else of this repository.
//! It uses something of each crate that exists without default features, and runs.

use sysext_release::{Class, ExtensionName};

fn main() {
    assert_eq!("confext".parse(), Ok(Class::Confext));
    assert_eq!(sysext_image::Tree::new().entries().count(), 0);
    let names = ["a", "b"].map(|name| name.parse::<ExtensionName>().expect("a name"));
    let stack = sysext_merge::Stack::new(names.clone(), |name| name);
    assert!(stack.into_layers().iter().eq(names.iter().rev()));
    assert_eq!(sysext_verify::Manifest::default().to_string(), "");
    assert_eq!(sysupdate_conf::pattern::escape("k3s@edge").as_deref(), Ok("k3s@@edge"));
    println!("five crates from their packages");
}

//! A stranger's program: built by `.ci/run consumer` against the packaged crates and nothing else of this repository.
//! It uses something of each crate that exists without default features, and runs.

use sysext_release::Class;

fn main() {
    assert_eq!("confext".parse(), Ok(Class::Confext));
    assert_eq!(sysext_image::Tree::new().entries().count(), 0);
    assert_eq!(sysext_merge::Stack::new(["a", "b"], |name| name).into_layers(), ["b", "a"]);
    assert_eq!(sysext_verify::Manifest::default().to_string(), "");
    assert_eq!(sysupdate_conf::escape_pattern("k3s@edge").as_deref(), Ok("k3s@@edge"));
    println!("five crates from their packages");
}

//! A stranger's program: built by `.ci/run consumer` against the packaged crates and nothing else of this repository.
//! It uses something of each crate that exists without default features, and runs.

use sysext_release::Class;

fn main() {
    assert_eq!("confext".parse(), Ok(Class::Confext));
    println!("five crates from their packages");
}

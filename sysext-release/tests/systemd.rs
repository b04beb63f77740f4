//! The versions of systemd that are modelled.

use sysext_release::Systemd;

#[test]
fn a_systemd_is_read_back_from_its_number() {
    let numbers: Vec<_> = Systemd::ALL.iter().map(|systemd| systemd.number()).collect();
    assert_eq!(numbers, [257, 262]);
    for (number, &systemd) in numbers.iter().zip(Systemd::ALL) {
        assert_eq!(
            (number.to_string().parse(), systemd.to_string()),
            (Ok(systemd), number.to_string())
        );
    }
    assert!(Systemd::ALL.is_sorted());
    let error = "256".parse::<Systemd>().unwrap_err();
    assert_eq!(
        (error.text(), &*error.to_string()),
        ("256", r#"unknown systemd version "256": expected 257 or 262"#)
    );
}

#[test]
fn the_default_is_the_newest() {
    assert_eq!(Some(&Systemd::default()), Systemd::ALL.last());
}

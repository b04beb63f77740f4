//! The order of versions agrees with systemd's and is an order; a hazard's remedy is one.

mod campaign;
#[expect(dead_code, reason = "versions are texts, not bytes")]
mod recorded;

use std::cmp::Ordering;

use proptest::prelude::*;
use sysext_release::{
    Systemd,
    version::{Hazard, InvalidVersionError, Version, compare},
};

fn version(text: &str) -> Version {
    text.parse().expect(text)
}

#[test]
fn the_recorded_order_of_systemd_holds() {
    let mut rows = Vec::new();
    for row in recorded::objects(include_str!("data/version-order.jsonl")) {
        let expected = match row["op"].as_str().unwrap() {
            "<" => Ordering::Less,
            "==" => Ordering::Equal,
            ">" => Ordering::Greater,
            op => panic!("{op:?} in {row}"),
        };
        rows.push((
            row["a"].as_str().unwrap().to_owned(),
            row["b"].as_str().unwrap().to_owned(),
            expected,
        ));
    }
    assert_eq!(rows.len(), 102);

    for line in recorded::rows(include_str!("data/version-pairs.tsv")) {
        let [left, right, order] = line.split('\t').collect::<Vec<_>>().try_into().unwrap();
        let expected = match order {
            "Less" => Ordering::Less,
            "Equal" => Ordering::Equal,
            "Greater" => Ordering::Greater,
            _ => panic!("{order:?} in {line}"),
        };
        rows.push((left.to_owned(), right.to_owned(), expected));
    }
    assert_eq!(rows.len(), 102 + 400);

    let wrong: Vec<_> = rows
        .iter()
        .filter(|(left, right, expected)| {
            compare(left, right) != *expected || compare(right, left) != expected.reverse()
        })
        .collect();
    assert!(wrong.is_empty(), "{} disagree: {wrong:#?}", wrong.len());
}

#[test]
fn a_missing_number_is_older_than_zero() {
    assert_eq!(compare("1.x", "1.0x"), Ordering::Less);
}

/// systemd 257.13 and 262 say the opposite of the first on x86-64.
#[test]
fn bytes_beyond_ascii_after_a_tilde_are_newer_than_the_end() {
    assert_eq!(compare("~é", "~"), Ordering::Greater);
    assert_eq!(compare("~_", "~"), Ordering::Greater);
}

#[test]
fn numbers_have_no_limit() {
    let (nines, one) = ("9".repeat(200_000), format!("1{}", "0".repeat(200_000)));
    assert_eq!(compare(&nines, &one), Ordering::Less);
    assert_eq!(compare(&format!("{}1", "0".repeat(200_000)), "1"), Ordering::Equal);
}

#[test]
fn equality_is_that_of_the_order_and_not_of_the_text() {
    for (left, right) in [("1", "01"), ("a", "a_"), ("1.0", "1.00"), ("1+2", "1,2")] {
        assert_eq!(version(left), version(right), "{left:?} {right:?}");
        assert_ne!(version(left).as_str(), version(right).as_str());
    }
    for (left, right) in [("1", "1.0"), ("1", "1."), ("a", "A")] {
        assert_ne!(version(left), version(right), "{left:?} {right:?}");
    }
}

#[test]
fn a_version_keeps_its_text() {
    let version = version("v01.0_rc");
    assert_eq!((version.as_str(), version.as_ref()), ("v01.0_rc", "v01.0_rc"));
    assert_eq!(format!("{version:>10}"), "  v01.0_rc");
}

#[test]
fn what_no_systemd_takes_is_refused_with_its_place() {
    let signs = "none of the letters, digits and .,_-+~^";
    let cases = [
        ("", "invalid version: it is empty".to_owned()),
        ("1 0", format!(r#"invalid version "1 0": ' ' at byte 1 is {signs}"#)),
        ("1/0", format!(r#"invalid version "1/0": '/' at byte 1 is {signs}"#)),
        ("1.ü", format!(r#"invalid version "1.ü": 'ü' at byte 2 is {signs}"#)),
        ("1:2-3", format!(r#"invalid version "1:2-3": ':' at byte 1 is {signs}"#)),
    ];
    for (text, expected) in cases {
        assert_eq!(text.parse::<Version>().unwrap_err().to_string(), expected, "{text:?}");
    }
}

#[test]
fn a_version_fits_into_a_file_name() {
    assert_eq!(version(&"1".repeat(255)).as_str().len(), 255);
    let error = "1".repeat(256).parse::<Version>().unwrap_err();
    assert!(matches!(error, InvalidVersionError::TooLong { length: 256, .. }), "{error:?}");
    assert_eq!(
        error.to_string(),
        "invalid version: it has 256 bytes, more than the 255 of a file name"
    );
}

#[test]
fn each_systemd_refuses_what_it_did_in_a_pattern_and_in_a_directory_of_versions() {
    let cases = [
        ("1.0-1_a+b", None, None),
        (".", None, None),
        ("..", None, None),
        ("1,2", None, Some(',')),
        ("1~2", Some('~'), None),
        ("1^2,3", Some('^'), Some(',')),
    ];
    for (text, v257, v262) in cases {
        assert_eq!(version(text).unsupported(Systemd::V257), v257, "{text:?}");
        assert_eq!(version(text).unsupported(Systemd::V262), v262, "{text:?}");
    }
}

#[test]
fn a_pre_release_that_sorts_after_its_release_is_a_hazard() {
    let cases = [
        ("1.0.0-rc1", "1.0.0", "rc1", "1.0.0~rc1"),
        ("v1.31.0-rc.1", "v1.31.0", "rc.1", "v1.31.0~rc.1"),
        ("1.10.0-alpha.2", "1.10.0", "alpha.2", "1.10.0~alpha.2"),
        ("1.0RC1", "1.0", "RC1", "1.0~RC1"),
        ("1.0.0.dev5", "1.0.0", "dev5", "1.0.0~dev5"),
        ("1.0_beta", "1.0", "beta", "1.0~beta"),
        ("1.0+pre.3", "1.0", "pre.3", "1.0~pre.3"),
        ("2.0-SNAPSHOT", "2.0", "SNAPSHOT", "2.0~SNAPSHOT"),
        ("1.0.-rc1", "1.0", "rc1", "1.0~rc1"),
        ("1.0a1", "1.0", "a1", "1.0~a1"),
        ("v1.0-b2", "v1.0", "b2", "v1.0~b2"),
        ("1.0.m3.1", "1.0", "m3.1", "1.0~m3.1"),
        ("1.0-rc1-beta2", "1.0", "rc1-beta2", "1.0~rc1-beta2"),
        ("1.31.0+k3s1-rc1", "1.31.0+k3s1", "rc1", "1.31.0+k3s1~rc1"),
        ("1.31.0rc1+k3s1", "1.31.0+k3s1", "rc1+k3s1", "1.31.0~rc1+k3s1"),
    ];
    for (text, release, pre_release, remedy) in cases {
        let version = version(text);
        let hazard = version.hazard().unwrap_or_else(|| panic!("no hazard in {text:?}"));
        assert_eq!(
            (hazard.version(), hazard.release(), hazard.pre_release(), hazard.remedy().as_str()),
            (text, release, pre_release, remedy),
            "{text:?}"
        );
        assert_eq!(
            hazard.to_string(),
            format!("{text} is newer than its release {release}; {remedy} would be older")
        );
    }
}

#[test]
fn a_hazard_is_told_on_one_line() {
    let hazard = Hazard::find("1.0-rc1\n\u{1b}[31mx").unwrap().to_string();
    let shown = r"1.0-rc1\n\u{1b}[31mx";
    let remedy = r"1.0~rc1\n\u{1b}[31mx";
    assert_eq!(hazard, format!("{shown} is newer than its release 1.0; {remedy} would be older"));
}

/// Quadratic time would be hours.
#[test]
fn a_hazard_of_a_long_text_is_found_in_linear_time() {
    let long = 1 << 22;
    assert_eq!(Hazard::find(&"x-".repeat(long)), None);
    assert_eq!(Hazard::find(&format!("1{}", "-x".repeat(long))), None);
    assert_eq!(Hazard::find(&("1".repeat(long) + &"a.".repeat(long))), None);
    assert_eq!(Hazard::find(&("1".repeat(long) + &".".repeat(long) + &"a".repeat(long))), None);
}

#[test]
fn what_sorts_right_is_no_hazard() {
    let cases = [
        "1.0.0",
        "1.0.0~rc1",
        "1.0.0^rc1",
        "1.0~rc1-beta2",
        "1.0-1",
        "1.0-1ubuntu2",
        "1.0-1+b1",
        "1.0+b1",
        "1.0-1~bpo12+1",
        "1.31.4+k3s1",
        "1.31.4-rc1+k3s1",
        "1.1.1a",
        "1.0.2m",
        "20240101",
        "2.14.0-5.gabc123",
        "1.0-3a4f2b1",
        "rc1",
        "alpha.1",
        "nightly-20240101",
        "1.0-release",
        "1.0-march",
        "1.0-rcx",
        "1.0-post1",
        "9.9p1",
        "3.5.0-fc42",
        "",
    ];
    for text in cases {
        assert_eq!(Hazard::find(text), None, "{text:?}");
    }
}

/// Pieces that occur in versions, so that random texts have something in common.
fn texts() -> impl Strategy<Value = String> {
    let word =
        prop::sample::select(vec!["a", "b", "m", "rc", "beta", "dev", "foo", "k3s", "A", "v"]);
    let sign = prop::sample::select(vec!["~", "-", "^", ".", "_", "+", ",", " ", "é"]);
    let piece = prop_oneof![
        word.prop_map(str::to_owned),
        sign.prop_map(str::to_owned),
        prop::sample::select(vec!["0", "00", "1", "01", "2", "10"]).prop_map(str::to_owned),
    ];
    prop::collection::vec(piece, 0..9).prop_map(|pieces| pieces.concat())
}

proptest! {
    #![proptest_config(campaign::config())]

    #[test]
    fn the_order_is_total(a in texts(), b in texts(), c in texts()) {
        prop_assert_eq!(compare(&a, &a), Ordering::Equal);
        prop_assert_eq!(compare(&a, &b), compare(&b, &a).reverse());
        for (x, y, z) in [(&a, &b, &c), (&a, &c, &b), (&b, &a, &c)] {
            if compare(x, y).is_le() && compare(y, z).is_le() {
                prop_assert!(compare(x, z).is_le(), "{:?} {:?} {:?}", x, y, z);
            }
            if compare(x, y).is_eq() {
                prop_assert_eq!(compare(x, z), compare(y, z), "{:?} {:?} {:?}", x, y, z);
            }
        }
    }

    #[test]
    fn equality_agrees_with_the_order(a in "[a01.,_+~^-]{1,4}", b in "[a01.,_+~^-]{1,4}") {
        let (a, b) = (version(&a), version(&b));
        prop_assert_eq!(a == b, a.cmp(&b).is_eq());
        prop_assert_eq!(a.partial_cmp(&b), Some(a.cmp(&b)));
    }

    #[test]
    fn a_hazard_comes_after_its_release_and_its_remedy_before(text in texts()) {
        if let Some(hazard) = Hazard::find(&text) {
            prop_assert_eq!(compare(&text, hazard.release()), Ordering::Greater);
            let remedy = hazard.remedy();
            prop_assert_eq!(compare(&remedy, hazard.release()), Ordering::Less, "{}", remedy);
            prop_assert_eq!(Hazard::find(&remedy), None);
        }
    }

    #[test]
    fn a_release_has_the_order_of_semver(a in any::<[u16; 3]>(), b in any::<[u16; 3]>(), same in 0..3_usize) {
        let mut b = b;
        b[..same].copy_from_slice(&a[..same]);
        let semver = |[major, minor, patch]: [u16; 3]| semver::Version::new(major.into(), minor.into(), patch.into());
        let (a, b) = (semver(a), semver(b));
        prop_assert_eq!(compare(&a.to_string(), &b.to_string()), a.cmp(&b));
    }

    #[test]
    fn a_pre_release_of_semver_is_a_hazard(
        number in any::<[u16; 3]>(),
        word in prop::sample::select(vec!["alpha", "beta", "rc"]),
        count in any::<u16>(),
    ) {
        let [major, minor, patch] = number;
        let text = format!("{major}.{minor}.{patch}-{word}.{count}");
        let mut release = semver::Version::parse(&text).unwrap();
        release.pre = semver::Prerelease::EMPTY;
        prop_assert!(semver::Version::parse(&text).unwrap() < release);
        let hazard = Hazard::find(&text).unwrap();
        prop_assert_eq!(hazard.release(), release.to_string());
    }
}

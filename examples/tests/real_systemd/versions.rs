use std::{cmp::Ordering, fs};

use sysext_release::version;

use crate::peer::{self, BOTH, Dice};

/// One line `A op B` for each pair, as systemd says it and as we do.
#[test]
#[ignore = "needs root and the systemd 257 and 262 peers"]
fn versions_are_ordered_as_systemd_orders_them() {
    // Whatever decides in the order, and what it passes over.
    let characters: Vec<_> = "0019aBrz..--~^^_+,:".chars().collect();
    let mut dice = Dice::new();
    let mut text = || -> String {
        let length = dice.pick(&[1, 2, 3, 5, 8]);
        (0..length).map(|_| dice.pick(&characters)).collect()
    };
    let pairs: Vec<_> = (0..peer::share(5000))
        .map(|number| {
            let (left, right) = (text(), text());
            // Pairs with the same beginning are told apart later.
            if number % 2 == 0 { (format!("{left}{right}"), left + &text()) } else { (left, right) }
        })
        .collect();
    let expected = pairs.iter().map(|(left, right)| {
        let sign = match version::compare(left, right) {
            Ordering::Less => "<",
            Ordering::Equal => "==",
            Ordering::Greater => ">",
        };
        format!("{left} {sign} {right}")
    });
    let expected: Vec<_> = expected.collect();

    let work = tempfile::tempdir().unwrap();
    let lines = pairs.iter().map(|(left, right)| format!("{left}\t{right}\n"));
    fs::write(work.path().join("pairs"), lines.collect::<Vec<_>>().concat()).unwrap();
    for systemd in BOTH {
        let script = r#"
            tab=$(printf '\t')
            while IFS=$tab read -r a b; do
                # It complains of characters that the order passes over.
                systemd-analyze compare-versions -- "$a" "$b" 2>/dev/null
            done <pairs
            true
        "#;
        let said = peer::run(systemd, work.path(), script);
        let said: Vec<_> = said.lines().collect();
        assert_eq!(said.len(), expected.len(), "{systemd}");
        let disagreements: Vec<_> =
            said.iter().zip(&expected).filter(|(said, ours)| said != ours).collect();
        assert!(disagreements.is_empty(), "{systemd}, ours second: {disagreements:#?}");
    }
    let equal = expected.iter().filter(|line| line.contains(" == ")).count();
    assert!(equal * 100 >= expected.len(), "{equal} equal pairs of {}", expected.len());
}

//! The stacking order, against stacks that systemd built.

use sysext_merge::{Precedence, Stack};
use sysext_release::ExtensionName;

#[test]
fn the_stack_is_one_that_systemd_built_and_random_pairs_are_those_that_varied() {
    let mut rows = include_str!("data/stack.tsv").lines();
    assert_eq!(rows.next(), Some("# systemd-sysext 257.13 (257.13-1~deb13u1) and 262 (262-1)"));
    let mut seen = 0;
    for row in rows {
        let mut columns =
            row.split('\t').map(|column| names(&column.split(' ').collect::<Vec<_>>()));
        let given = columns.next().unwrap();
        let recorded: Vec<_> = columns.collect();
        let stack = Stack::new(given, |name| name);
        assert!(recorded.iter().any(|it| it == stack.layers()), "{row:?}: {stack:?}");
        for pair in stack.neighbours() {
            let place = |it: &[ExtensionName], name| it.iter().position(|other| other == name);
            let varied = recorded.iter().any(|it| place(it, pair.upper) > place(it, pair.lower));
            assert_eq!(pair.precedence == Precedence::Random, varied, "{row:?}: {pair:?}");
        }
        seen += 1;
    }
    assert_eq!(seen, 8);
}

#[test]
fn the_upper_layer_is_the_name_that_is_higher_in_version_order() {
    let table: [(&[&str], &[&str]); 4] = [
        (&[], &[]),
        (&["a", "b"], &["b", "a"]),
        (&["c9", "c10"], &["c10", "c9"]),
        (
            &["k8s-1.34.1", "k8s-1.34.1~rc1", "k8s-1.34.1-rc1"],
            &["k8s-1.34.1-rc1", "k8s-1.34.1", "k8s-1.34.1~rc1"],
        ),
    ];
    for (given, expected) in table {
        let stack = Stack::new(names(given), |name| name);
        assert!(stack.neighbours().all(|pair| pair.precedence == Precedence::Decided), "{given:?}");
        assert_eq!(stack.into_layers(), names(expected), "{given:?}");
    }
}

#[test]
fn equal_names_are_random_and_their_order_here_does_not_depend_on_the_input() {
    let expected = [
        ("2", "001", Precedence::Decided),
        ("001", "01", Precedence::Random),
        ("01", "1", Precedence::Random),
        ("1", "0", Precedence::Decided),
    ];
    for given in
        [["0", "001", "01", "1", "2"], ["2", "1", "01", "001", "0"], ["01", "2", "1", "0", "001"]]
    {
        let stack = Stack::new(names(&given), |name| name);
        let found: Vec<_> = stack
            .neighbours()
            .map(|pair| (pair.upper.as_str(), pair.lower.as_str(), pair.precedence))
            .collect();
        assert_eq!(found, expected, "{given:?}");
    }
}

#[test]
fn items_of_one_name_keep_their_order() {
    let stack = Stack::new(names(&["a", "b", "a"]).into_iter().enumerate(), |(_, name)| name);
    let found: Vec<_> =
        stack.layers().iter().map(|(number, name)| (*number, name.as_str())).collect();
    assert_eq!(found, [(1, "b"), (0, "a"), (2, "a")]);
}

fn names(texts: &[&str]) -> Vec<ExtensionName> {
    texts.iter().map(|text| text.parse().expect("a valid name")).collect()
}

#[test]
fn items_of_one_name_keep_their_order_and_nothing_decides_between_them() {
    let name = &names(&["a"])[0];
    let stack = Stack::new([(name, 1), (name, 2)], |(name, _)| name);
    assert_eq!(stack.layers(), [(name, 1), (name, 2)]);
    let precedences: Vec<_> = stack.neighbours().map(|pair| pair.precedence).collect();
    assert_eq!(precedences, [Precedence::Random]);
}

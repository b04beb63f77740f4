//! The stacking order, against stacks that systemd built.

use sysext_merge::{Precedence, Stack};

#[test]
fn the_stack_is_one_that_systemd_built_and_random_pairs_are_those_that_varied() {
    let mut rows = include_str!("data/stack.tsv").lines();
    assert!(rows.next().unwrap().contains("257.13"), "the first line names the tools");
    let mut seen = 0;
    for row in rows {
        let mut columns = row.split('\t').map(|names| names.split(' ').collect::<Vec<_>>());
        let names = columns.next().unwrap();
        let recorded: Vec<_> = columns.collect();
        let stack = Stack::new(names, |name| name);
        assert!(recorded.iter().any(|it| it == stack.layers()), "{row:?}: {stack:?}");
        for pair in stack.neighbours() {
            let place = |it: &Vec<&str>, name| it.iter().position(|other| *other == name);
            let varied = recorded.iter().any(|it| place(it, *pair.upper) > place(it, *pair.lower));
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
    for (names, expected) in table {
        let stack = Stack::new(names.iter().copied(), |name| name);
        assert!(stack.neighbours().all(|pair| pair.precedence == Precedence::Decided), "{names:?}");
        assert_eq!(stack.into_layers(), expected, "{names:?}");
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
    for names in
        [["0", "001", "01", "1", "2"], ["2", "1", "01", "001", "0"], ["01", "2", "1", "0", "001"]]
    {
        let stack = Stack::new(names, |name| name);
        let found: Vec<_> =
            stack.neighbours().map(|pair| (*pair.upper, *pair.lower, pair.precedence)).collect();
        assert_eq!(found, expected, "{names:?}");
    }
}

#[test]
fn items_of_one_name_keep_their_order() {
    let stack = Stack::new([(1, "a"), (2, "b"), (3, "a")], |(_, name)| name);
    assert_eq!(stack.layers(), [(2, "b"), (1, "a"), (3, "a")]);
}

//! The order of versions is an order, and comparing the tokens of both versions as lists finds the same.
//!
//! The input is three versions on a line each.

#![no_main]

use libfuzzer_sys::fuzz_target;
use sysext_release::version::{Hazard, compare};

fuzz_target!(|text: &str| {
    let mut lines = text.splitn(3, '\n');
    let [a, b, c] = [(); 3].map(|()| lines.next().unwrap_or_default());

    assert_eq!(compare(a, b), key(a).cmp(&key(b)), "{a:?} {b:?}");
    assert_eq!(compare(a, b), compare(b, a).reverse(), "{a:?} {b:?}");
    assert!(compare(a, a).is_eq(), "{a:?}");
    if compare(a, b).is_le() && compare(b, c).is_le() {
        assert!(compare(a, c).is_le(), "{a:?} {b:?} {c:?}");
    }

    if let Some(hazard) = Hazard::find(a) {
        let remedy = hazard.remedy();
        assert!(compare(a, hazard.release()).is_gt(), "{a:?}");
        assert!(compare(&remedy, hazard.release()).is_lt(), "{a:?}");
        assert_eq!(Hazard::find(&remedy), None, "{a:?}");
    }
});

/// What a version consists of, from old to new: the first difference decides.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Token {
    Tilde,
    End,
    Dash,
    Caret,
    Dot,
    Letters(String),
    /// The number of its digits, and the digits.
    Number(usize, String),
}

/// The tokens of a version: in rounds of up to four separators in this order, and a number or letters, be it none.
fn key(version: &str) -> Vec<Token> {
    let mut tokens = Vec::new();
    let mut rest = version;
    loop {
        rest =
            rest.trim_start_matches(|c: char| !(c.is_ascii_alphanumeric() || "~-^.".contains(c)));
        tokens.extend(take(&mut rest, '~').then_some(Token::Tilde));
        if rest.is_empty() {
            tokens.push(Token::End);
            return tokens;
        }
        tokens.extend(take(&mut rest, '-').then_some(Token::Dash));
        tokens.extend(take(&mut rest, '^').then_some(Token::Caret));
        tokens.extend(take(&mut rest, '.').then_some(Token::Dot));
        tokens.push(if rest.starts_with(|c: char| c.is_ascii_digit()) {
            let number = take_while(&mut rest, |c| c.is_ascii_digit()).trim_start_matches('0');
            Token::Number(number.len(), number.to_owned())
        } else {
            Token::Letters(take_while(&mut rest, |c| c.is_ascii_alphabetic()).to_owned())
        });
    }
}

fn take(rest: &mut &str, separator: char) -> bool {
    let after = rest.strip_prefix(separator);
    *rest = after.unwrap_or(rest);
    after.is_some()
}

fn take_while<'a>(rest: &mut &'a str, belongs: fn(char) -> bool) -> &'a str {
    let after = rest.trim_start_matches(belongs);
    let (run, _) = rest.split_at(rest.len() - after.len());
    *rest = after;
    run
}

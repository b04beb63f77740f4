use std::{
    env, fmt,
    io::{self, IsTerminal},
};

/// What the reader of standard output can show. The default is no terminal: no colours, and UTF-8.
#[derive(Clone, Copy, Debug, Default)]
pub struct Screen {
    colours: bool,
    ascii: bool,
}

/// A colour of a terminal, or another way to stand out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Colour {
    Blue,
    Cyan,
    Dim,
    Green,
    Red,
    Yellow,
}

impl Screen {
    /// Standard output as it is: on a terminal there are colours, unless `NO_COLOR` is set or `TERM` is `dumb`, and
    /// the locale says whether it shows UTF-8.
    pub fn of_stdout() -> Self {
        if !io::stdout().is_terminal() {
            return Self::default();
        }
        let set = |name| env::var_os(name).filter(|value| !value.is_empty());
        let colours = set("NO_COLOR").is_none() && set("TERM").is_some_and(|term| term != "dumb");
        let locale = ["LC_ALL", "LC_CTYPE", "LANG"].into_iter().find_map(set);
        let locale = locale.unwrap_or_default().to_string_lossy().to_lowercase();
        Self { colours, ascii: !locale.contains("utf-8") && !locale.contains("utf8") }
    }

    /// Whether there is nothing but ASCII.
    pub(super) fn is_ascii(self) -> bool {
        self.ascii
    }

    /// The text in this colour, if there are colours.
    pub(super) fn paint<T: fmt::Display>(self, colour: Option<Colour>, text: T) -> Painted<T> {
        Painted { colour: colour.filter(|_| self.colours), text }
    }
}

/// A text in a colour, or as it is.
pub(super) struct Painted<T> {
    colour: Option<Colour>,
    text: T,
}

impl<T: fmt::Display> fmt::Display for Painted<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let code = match self.colour {
            None => return self.text.fmt(f),
            Some(Colour::Blue) => "1;34",
            Some(Colour::Cyan) => "36",
            Some(Colour::Dim) => "2",
            Some(Colour::Green) => "32",
            Some(Colour::Red) => "1;31",
            Some(Colour::Yellow) => "33",
        };
        write!(f, "\u{1b}[{code}m{}\u{1b}[0m", self.text)
    }
}

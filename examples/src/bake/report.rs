use std::{
    borrow::Cow,
    io::{self, Write},
};

use sysext_release::{Class, Systemd};

use super::{Args, Published, Recipe, findings, transfer};
use crate::{printable::Printable, size::Size};

/// The ID that every host takes.
const ANY: &str = "_any";

/// Says what was baked, what is noteworthy about it, and what to do next.
pub(super) fn write(
    recipe: &Recipe<'_>,
    image: &Published,
    notes: &[String],
    out: &mut impl Write,
) -> io::Result<()> {
    let args = recipe.args;
    let path = recipe.image_path();
    for note in notes.iter().chain(&remarks(recipe, image)) {
        writeln!(out, "note: {note}")?;
    }
    for finding in findings::of(recipe) {
        writeln!(out, "{}", Printable(&finding))?;
    }
    let source = path.display().to_string();
    writeln!(out, "image:  {}", Printable(&source))?;
    let summary = image.summary;
    write!(out, "size:   {}", Size(summary.image_bytes))?;
    if summary.image_bytes < summary.content_bytes {
        let percent = u128::from(summary.image_bytes) * 100 / u128::from(summary.content_bytes);
        write!(out, ", {percent} % of ")?;
    } else {
        write!(out, " for ")?;
    }
    let (content, inodes) = (Size(summary.content_bytes), summary.inodes);
    writeln!(out, "{content} of content in {inodes} inodes, {}", args.compression)?;
    if let Some(agreement) = &image.agreement {
        writeln!(out, "check:  {agreement}")?;
    }
    writeln!(out, "sha256: {}", image.digest)?;
    let (tool, directory) = match args.class {
        Class::Sysext => ("systemd-sysext", "/var/lib/extensions"),
        Class::Confext => ("systemd-confext", "/var/lib/confexts"),
    };
    let installed = recipe.installed_name();
    let rule = if args.any_name {
        "It merges under any name.".to_owned()
    } else {
        format!(
            "Install it as {installed}: under its own file name systemd says \"No medium found\"."
        )
    };
    writeln!(out, "{rule} Next:")?;
    // A program would take it for an option.
    let source = if source.starts_with('-') { format!("./{source}") } else { source };
    let target = format!("{directory}/{installed}");
    writeln!(
        out,
        "  sudo install -D -m 644 {} {} && sudo {tool} refresh",
        word(&source),
        word(&target)
    )
}

fn remarks(recipe: &Recipe<'_>, image: &Published) -> Vec<String> {
    let args = recipe.args;
    let mut remarks = Vec::new();
    if let Some(hazard) = recipe.version.hazard() {
        remarks.push(format!("for systemd, {hazard}"));
    }
    for (systemd, other) in [(Systemd::V257, Systemd::V262), (Systemd::V262, Systemd::V257)] {
        if let Some(character) = recipe.version.unsupported(systemd) {
            remarks.push(format!(
                "systemd-sysupdate {systemd} ignores versions with {character:?}, {other} takes them"
            ));
        }
    }
    remarks.extend(release_remarks(args));
    let transfer = transfer::file_name(&recipe.name);
    if image.kept_transfer {
        remarks.push(format!(
            "{transfer} was there and differs, so it is left as it is; --replace writes it anew"
        ));
    } else if args.url.is_none() {
        remarks.push(format!("{transfer} has a placeholder for its URL; --url fills it in"));
    }
    remarks
}

/// What the release file will not do.
fn release_remarks(args: &Args) -> Option<String> {
    let os = args.os.as_deref().unwrap_or(ANY);
    let unusual = |character: char| {
        !character.is_ascii_lowercase() && !character.is_ascii_digit() && !"._-".contains(character)
    };
    if os == ANY {
        let flag = match (&args.level, &args.os_version) {
            (Some(_), _) => "--level",
            (None, Some(_)) => "--os-version",
            (None, None) => return None,
        };
        return Some(format!("{flag} has no effect without --os: every OS takes this extension"));
    }
    if os.contains(unusual) {
        return Some(format!(
            "--os {os:?} is unlike an ID, which has lower-case letters, digits and ._- only"
        ));
    }
    (args.level.is_none() && args.os_version.is_none()).then(|| {
        format!(
            "without --os-version or --level, hosts with ID={os} that have a VERSION_ID skip this extension"
        )
    })
}

/// The text as one word of a shell command.
fn word(text: &str) -> Cow<'_, str> {
    let plain =
        |character: char| character.is_ascii_alphanumeric() || "/._-+:,@%=".contains(character);
    if !text.is_empty() && text.chars().all(plain) {
        return Cow::Borrowed(text);
    }
    Cow::Owned(format!("'{}'", text.replace('\'', r"'\''")))
}

#[cfg(test)]
mod tests {
    use super::word;

    #[test]
    fn words_are_quoted_where_a_shell_would_split_or_expand_them() {
        let cases = [
            ("dist/a-1_2+3.raw", "dist/a-1_2+3.raw"),
            ("a b", "'a b'"),
            ("it's", r"'it'\''s'"),
            ("", "''"),
            ("$HOME", "'$HOME'"),
        ];
        for (text, expected) in cases {
            assert_eq!(word(text), expected, "{text:?}");
        }
    }
}

use std::{collections::BTreeMap, io::Write, path::PathBuf};

use serde::Serialize;
use sysext_image::{Check, EntryPath, Finding, Severity};
use sysext_release::{Class, ExtensionName, FileKind, Systemd};

use super::{
    InspectError, Outcome, Screen, entry,
    open::{PartitionChoice, file_name, kind, open, unread},
    print,
    screen::Colour,
    shown,
};
use crate::printable::Printable;

#[derive(Clone, Debug, clap::Args)]
pub(super) struct Args {
    /// The image
    image: PathBuf,
    /// sysext or confext [default: the one that the image has a release file of]
    #[arg(long)]
    class: Option<Class>,
    /// The name of the extension once it is installed [default: the image has the file name that it will have]
    #[arg(long)]
    name: Option<ExtensionName>,
    /// The version of systemd on the hosts: 257 or 262
    #[arg(long, visible_alias = "systemd", value_name = "VERSION", default_value_t)]
    compat: Systemd,
    /// Exit 1 for warnings, too
    #[arg(long)]
    strict: bool,
    /// Print one JSON object for each finding
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    partition: PartitionChoice,
}

pub(super) fn run(
    args: &Args,
    screen: Screen,
    out: &mut impl Write,
) -> Result<Outcome, InspectError> {
    let image = open(&args.image, &args.partition)?;
    let mut check = Check::new().with_systemd(args.compat);
    if let Some(class) = args.class {
        check = check.with_class(class);
    }
    check = match &args.name {
        Some(name) if kind(&args.image)? == FileKind::Directory => {
            check.with_file_name(name.as_str())
        }
        Some(name) => check.with_file_name(name.link_file_name()),
        None => check.with_file_name(file_name(&args.image).as_encoded_bytes()),
    };
    let mut findings = image.check(&check).map_err(unread(&args.image))?;
    // The worst first; those of one severity stay in path order.
    findings.sort_by_key(|finding| std::cmp::Reverse(finding.severity));
    let mut counts = BTreeMap::new();
    for finding in &findings {
        *counts.entry(finding.severity).or_insert(0_u64) += 1;
        if args.json {
            print(&Line::of(finding), out)?;
            continue;
        }
        let colour = match finding.severity {
            Severity::Error => Some(Colour::Red),
            Severity::Warning => Some(Colour::Yellow),
            _ => Some(Colour::Cyan),
        };
        let severity = screen.paint(colour, finding.severity);
        let (text, code) = (finding.to_string(), finding.code());
        let code = screen.paint(Some(Colour::Dim), format!("[{code}]"));
        writeln!(out, "{severity}: {} {code}", Printable(&text))?;
    }
    if !args.json {
        let counts = counts.iter().rev().map(|(severity, count)| match (severity, count) {
            (Severity::Info, _) => format!("{count} for information"),
            (severity, 1) => format!("1 {severity}"),
            (severity, _) => format!("{count} {severity}s"),
        });
        let counts = counts.collect::<Vec<_>>();
        writeln!(
            out,
            "{}",
            if counts.is_empty() { "no findings".into() } else { counts.join(", ") }
        )?;
    }
    let least = if args.strict { Severity::Warning } else { Severity::Error };
    let is_bad = counts.keys().any(|severity| *severity >= least);
    Ok(if is_bad { Outcome::No } else { Outcome::Yes })
}

/// A finding for programs.
#[derive(Debug, Serialize)]
struct Line {
    severity: &'static str,
    code: &'static str,
    /// None if it is of the image as a whole.
    path: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    path_hex: Option<String>,
    text: String,
}

impl Line {
    fn of(finding: &Finding) -> Self {
        let path = finding.path.as_ref().map(EntryPath::as_bytes);
        Self {
            severity: finding.severity.as_str(),
            code: finding.code(),
            path: path.map(entry::absolute),
            path_hex: path.and_then(shown::hex_unless_text),
            text: finding.kind.to_string(),
        }
    }
}

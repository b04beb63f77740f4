//! Whole processes side by side: in rounds, so that a machine that becomes slower becomes so for all of them, with the
//! ratios of each round.

use std::{
    env,
    error::Error,
    ffi::OsString,
    fs,
    io::{self, Write},
    path::{Path, PathBuf},
    process::{Command, Stdio},
    time::Instant,
};

/// How many threads each of them may compress or decompress with.
pub(crate) const THREADS: usize = 2;
/// How many rounds are counted.
const ROUNDS: usize = 5;

/// A program that is measured.
pub(crate) struct Contender {
    pub(crate) name: String,
    pub(crate) command_line: Vec<OsString>,
    /// The file or directory that it makes, which is removed before each run.
    pub(crate) output: Option<PathBuf>,
    /// How often it does its work in one run.
    pub(crate) repeats: u32,
}

impl Contender {
    /// This program again, as the one that is compared: `main` finds these arguments.
    pub(crate) fn ours(arguments: &[&Path]) -> io::Result<Self> {
        let mut command_line = vec![env::current_exe()?.into_os_string()];
        command_line.extend(arguments.iter().map(OsString::from));
        Ok(Self { name: "ours".into(), command_line, output: None, repeats: 1 })
    }
}

/// What a whole process took, and the length of the file that it made.
#[derive(Clone, Copy)]
struct Figures {
    wall: f64,
    cpu: f64,
    peak: f64,
    length: Option<f64>,
}

type Figure = fn(&Figures) -> Option<f64>;

const FIGURES: [(&str, Figure); 4] = [
    ("wall s", |figures| Some(figures.wall)),
    ("CPU s", |figures| Some(figures.cpu)),
    ("peak MiB", |figures| Some(figures.peak)),
    ("bytes", |figures| figures.length),
];

/// Runs all of them in each round, and prints the medians of each, the medians of the ratios of the first to each of
/// the others, and the ratio to the best of these, with the least and the greatest of the rounds, and that of the least
/// figures: a process is only ever slowed down by what else a machine does. `warm_up` adds a round that does not
/// count, to be done when the files are read for the first time.
pub(crate) fn compare(
    title: &str,
    contenders: &[Contender],
    warm_up: bool,
    out: &mut impl Write,
) -> Result<(), Box<dyn Error>> {
    let load = fs::read_to_string("/proc/loadavg")?;
    let load = load.split(' ').next().unwrap_or_default();
    if warm_up {
        contenders.iter().try_for_each(|contender| run(contender).map(|_| ()))?;
    }
    let mut rounds = Vec::new();
    for _ in 0..ROUNDS {
        rounds.push(contenders.iter().map(run).collect::<Result<Vec<_>, _>>()?);
    }
    write!(out, "\n{title:28}")?;
    for (name, _) in FIGURES {
        write!(out, "{name:>12}   ratio")?;
    }
    writeln!(out, "   (load before: {load})")?;
    let mut best: [Option<Best<'_>>; FIGURES.len()] = [const { None }; FIGURES.len()];
    for (number, contender) in contenders.iter().enumerate() {
        write!(out, "  {:26}", contender.name)?;
        for ((_, figure), best) in FIGURES.iter().zip(&mut best) {
            let of = |round: &Vec<Figures>, number: usize| round.get(number).and_then(figure);
            let theirs = rounds.iter().map(|round| of(round, number)).collect::<Option<Vec<_>>>();
            let ours = rounds.iter().map(|round| of(round, 0)).collect::<Option<Vec<_>>>();
            let (Some(theirs), Some(ours)) = (theirs, ours) else {
                write!(out, "{:>20}", "")?;
                continue;
            };
            let ratio = Spread::new(ours.iter().zip(&theirs).map(|(ours, theirs)| ours / theirs));
            let (theirs, ours) = (Spread::new(theirs.into_iter()), Spread::new(ours.into_iter()));
            let median = theirs.median;
            write!(out, "{:>12}", shown(median))?;
            if number == 0 {
                write!(out, "{:>8}", "")?;
                continue;
            }
            write!(out, "{:8.3}", ratio.median)?;
            if best.as_ref().is_none_or(|best| median < best.median) {
                let (of_least, peer) = (ours.least / theirs.least, &*contender.name);
                *best = Some(Best { median, ratio, of_least, peer });
            }
        }
        writeln!(out)?;
    }
    for ((name, _), best) in FIGURES.iter().zip(best) {
        if let Some(Best { ratio: Spread { median, least, greatest }, of_least, peer, .. }) = best {
            writeln!(
                out,
                "  {name:9} {median:.3} ({least:.3} to {greatest:.3}; {of_least:.3} of the least) of the best, {peer}"
            )?;
        }
    }
    out.flush()?;
    Ok(())
}

fn run(contender: &Contender) -> Result<Figures, Box<dyn Error>> {
    if let Some(output) = &contender.output {
        remove(output)?;
    }
    let times = tempfile::NamedTempFile::new()?;
    let mut command = Command::new("time");
    command.args(["-f", "%U %S %M", "-o"]).arg(times.path()).args(&contender.command_line);
    let started = Instant::now();
    let result = command.stdin(Stdio::null()).stdout(Stdio::null()).output()?;
    // That of `time` has but two digits.
    let wall = started.elapsed().as_secs_f64();
    if !result.status.success() {
        let said = String::from_utf8_lossy(&result.stderr);
        return Err(format!("{command:?} failed, {}: {said}", result.status).into());
    }
    let times = fs::read_to_string(times.path())?;
    let times = times.split_whitespace().map(str::parse).collect::<Result<Vec<f64>, _>>()?;
    let [user, system, peak] = times[..] else {
        return Err("time printed something else".into());
    };
    let length = match &contender.output {
        None => None,
        Some(output) => match fs::metadata(output)? {
            made if made.is_dir() => None,
            made => Some(precise(made.len())),
        },
    };
    let repeats = f64::from(contender.repeats);
    Ok(Figures {
        wall: wall / repeats,
        cpu: (user + system) / repeats,
        peak: peak / 1024.0,
        length,
    })
}

fn remove(output: &Path) -> io::Result<()> {
    let removed = match fs::symlink_metadata(output) {
        Ok(found) if found.is_dir() => fs::remove_dir_all(output),
        _ => fs::remove_file(output),
    };
    match removed {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

/// The peer with the least median of a figure.
struct Best<'a> {
    median: f64,
    ratio: Spread,
    of_least: f64,
    peer: &'a str,
}

struct Spread {
    median: f64,
    least: f64,
    greatest: f64,
}

impl Spread {
    fn new(values: impl Iterator<Item = f64>) -> Self {
        let mut values: Vec<_> = values.collect();
        values.sort_by(f64::total_cmp);
        let at = |index: usize| values.get(index).copied().unwrap_or(f64::NAN);
        Self {
            median: at(values.len() / 2),
            least: at(0),
            greatest: at(values.len().saturating_sub(1)),
        }
    }
}

/// Three digits at least, and none of a fraction where there are many before it.
fn shown(value: f64) -> String {
    let digits = match value {
        ..0.1 => 4,
        0.1..10.0 => 3,
        10.0..1000.0 => 1,
        _ => 0,
    };
    format!("{value:.digits$}")
}

#[expect(clippy::cast_precision_loss, reason = "images are far below 2^52 bytes")]
fn precise(length: u64) -> f64 {
    length as f64
}

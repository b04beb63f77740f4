//! `bake`: a directory or a tar archive becomes an extension image, with all that a publisher puts beside it.

use std::{io::Write, num::NonZeroUsize, path::PathBuf};

use clap::{Parser, builder::NonEmptyStringValueParser};
use sysext_image::{
    Builder, Loss, MtimePolicy, OwnerPolicy, ScanPolicy, TarPolicy, Tree, Whiteouts,
    squashfs::{BlockSize, Compression, Summary, Writer},
};
use sysext_release::{Architecture, Class, ExtensionName, ExtensionRelease, version::Version};
use sysext_verify::Sha256Digest;

pub use self::{
    epoch::InvalidEpochError,
    error::BakeError,
    input::InputName,
    kind::{InputKind, Method},
};

use self::{comparison::Agreement, input::Input, url::BaseUrl};
use crate::{exit, progress::WriteProgress};

mod archive;
mod comparison;
mod decoder;
mod epoch;
mod error;
mod findings;
mod input;
mod kind;
mod output;
mod report;
mod sample;
mod sidecar;
mod transfer;
mod url;

/// Bakes a directory or a tar archive into a system extension image.
///
/// Writes DIR/NAME-VERSION-ARCH.raw, its line in DIR/SHA256SUMS, DIR/NAME.transfer for systemd-sysupdate, and
/// DIR/NAME-VERSION-ARCH.json. The same input gives the same bytes.
#[derive(Clone, Debug, Parser)]
#[command(name = "bake")]
#[expect(clippy::struct_excessive_bools, reason = "each is a flag of its own")]
pub struct Args {
    /// Directory or tar archive (plain, or with gzip, xz or zstd; - is standard input) with usr/ or opt/ (etc/ for a
    /// confext). Without it, a small built-in sample is baked
    #[arg(requires = "version")]
    input: Option<PathBuf>,
    /// Name of the extension [default: the directory's or archive's name]
    #[arg(long)]
    name: Option<ExtensionName>,
    /// Version of the extension, as systemd-sysupdate compares it. Needed with INPUT
    #[arg(long)]
    version: Option<Version>,
    /// Architecture that it is for: x86-64, arm64, … [default: this machine's]
    #[arg(long)]
    arch: Option<Architecture>,
    /// ID of the operating system that it is for, as in its os-release [default: any]
    #[arg(long, value_name = "ID", value_parser = NonEmptyStringValueParser::new())]
    os: Option<String>,
    /// `VERSION_ID` that the operating system must have, unless both have an API level
    #[arg(long, value_name = "VERSION_ID", value_parser = NonEmptyStringValueParser::new())]
    os_version: Option<String>,
    /// API level that the operating system must have: its `SYSEXT_LEVEL` or `CONFEXT_LEVEL`
    #[arg(long, value_parser = NonEmptyStringValueParser::new())]
    level: Option<String>,
    /// sysext or confext
    #[arg(long, default_value_t = Class::Sysext)]
    class: Class,
    /// Have systemd load its units anew when the extension is merged. The sample always does
    #[arg(long)]
    reload: bool,
    /// Directory to write to
    #[arg(long, value_name = "DIR", default_value = "dist")]
    out: PathBuf,
    /// zstd[:1-22], gzip[:1-12], xz[:0-9], lz4 or none
    #[arg(long, value_name = "METHOD", default_value_t)]
    compression: Compression,
    /// Size of a block: a power of two from 4K to 1M
    #[arg(long, value_name = "SIZE", default_value_t)]
    block_size: BlockSize,
    /// Threads that compress [default: one for each processor]
    #[arg(long, value_name = "N", allow_negative_numbers = true)]
    jobs: Option<NonZeroUsize>,
    /// Latest modification time in the image, in seconds since 1970 [default: `SOURCE_DATE_EPOCH`, else 0]
    #[arg(long, value_name = "SECONDS", value_parser = epoch::parse, allow_negative_numbers = true)]
    epoch: Option<u32>,
    /// Keep the owners of the files; otherwise everything belongs to root
    #[arg(long)]
    keep_owner: bool,
    /// Keep the modification times of the files, also those after the epoch
    #[arg(long)]
    keep_mtime: bool,
    /// Take the names of a tar archive that begin with .wh. for the whiteouts of a layer of a container: they hide
    /// what the host has
    #[arg(long, requires = "input")]
    oci_whiteouts: bool,
    /// Let the image merge under any file name, not only as NAME.raw
    #[arg(long)]
    any_name: bool,
    /// Replace an image of this name and version that has other content, and a transfer file that was edited
    #[arg(long)]
    replace: bool,
    /// Do not read the image again, with a second reader too, and compare it with its input before it is published
    #[arg(long)]
    no_cross_check: bool,
    /// Where DIR will be served, for the transfer file: https://…, http://… or file:///…
    #[arg(long, value_name = "BASE")]
    url: Option<BaseUrl>,
}

/// Bakes, and says on `out` what came of it.
pub fn run(args: &Args, out: &mut impl Write) -> Result<(), BakeError> {
    let recipe = Recipe::new(args)?;
    let (tree, notes, mut progress) = recipe.tree()?;
    let builder = Builder::new(args.class, recipe.name.clone(), recipe.release()?)
        .with_any_name(args.any_name)
        .with_mtime(recipe.epoch);
    let extension = builder.build(tree)?;
    let image = output::publish(&recipe, &extension, &mut progress)?;
    let report = report::write(&recipe, &image, &notes, out).and_then(|()| out.flush());
    exit::printed(report)
        .map_err(|source| BakeError::Report { directory: args.out.clone(), source })
}

/// The arguments with every default filled in.
#[derive(Debug)]
struct Recipe<'a> {
    args: &'a Args,
    input: Input,
    name: ExtensionName,
    version: Version,
    architecture: Architecture,
    epoch: u32,
}

impl<'a> Recipe<'a> {
    fn new(args: &'a Args) -> Result<Self, BakeError> {
        let input = Input::of(args.input.as_deref())?;
        Ok(Self {
            args,
            name: args.name.clone().map_or_else(|| input.name(), Ok)?,
            input,
            // Only the sample comes without one.
            version: args.version.clone().map_or_else(sample::version, Ok)?,
            architecture: args.arch.map_or_else(Architecture::of_this_machine, Ok)?,
            epoch: args.epoch.map_or_else(epoch::from_environment, Ok)?,
        })
    }

    /// What goes into the image, what of the input does not, and what hears signals from now on.
    fn tree(&self) -> Result<(Tree, Vec<String>, WriteProgress), BakeError> {
        let args = self.args;
        let owner = if args.keep_owner { OwnerPolicy::Keep } else { OwnerPolicy::Root };
        let mtime =
            if args.keep_mtime { MtimePolicy::Keep } else { MtimePolicy::ClampTo(self.epoch) };
        let progress = || WriteProgress::new().map_err(BakeError::Signals);
        let said = |losses: &[Loss]| losses.iter().map(ToString::to_string).collect::<Vec<_>>();
        match &self.input {
            Input::Sample => Ok((sample::tree(self.epoch)?, Vec::new(), progress()?)),
            Input::Directory(path) if args.oci_whiteouts => {
                Err(BakeError::Whiteouts { path: path.clone() })
            }
            Input::Directory(path) => {
                input::check(path, &args.out)?;
                let policy = ScanPolicy::default().with_owner(owner).with_mtime(mtime);
                let scan = Tree::scan(path, &policy)?;
                Ok((scan.tree, said(&scan.losses), progress()?))
            }
            Input::Archive(input) => {
                let whiteouts =
                    if args.oci_whiteouts { Whiteouts::Oci } else { Whiteouts::Literal };
                let policy = TarPolicy::default()
                    .with_owner(owner)
                    .with_mtime(mtime)
                    .with_whiteouts(whiteouts);
                output::check(self)?;
                let mut progress = progress()?;
                let scan = archive::read(input, policy, &args.out, &mut progress)?;
                let mut notes = said(&scan.losses);
                if scan.absolute_names > 0 {
                    let names = scan.absolute_names;
                    notes.push(format!(
                        "names of the archive began with a slash, which was left out: {names}"
                    ));
                }
                Ok((scan.tree, notes, progress))
            }
        }
    }

    fn release(&self) -> Result<ExtensionRelease, BakeError> {
        let builder = ExtensionRelease::builder();
        let mut builder = match &self.args.os {
            Some(id) => builder.id(id),
            None => builder.any_os(),
        };
        if let Some(version) = &self.args.os_version {
            builder = builder.version_id(version);
        }
        if let Some(level) = &self.args.level {
            builder = builder.level(self.args.class, level);
        }
        builder = builder.architecture(self.architecture);
        if self.reload() {
            builder = builder.reload_manager(true);
        }
        Ok(builder.build()?)
    }

    fn reload(&self) -> bool {
        self.args.reload || self.input == Input::Sample
    }

    fn writer(&self) -> Writer {
        let writer = Writer::new()
            .with_compression(self.args.compression)
            .with_block_size(self.args.block_size)
            .with_mkfs_time(self.epoch);
        match self.args.jobs {
            Some(jobs) => writer.with_threads(jobs),
            None => writer,
        }
    }

    /// What the image is called.
    fn file_name(&self) -> String {
        self.name.published_file_name(&self.version, self.architecture)
    }

    /// What the image must be called where systemd looks for it.
    fn installed_name(&self) -> String {
        if self.args.any_name { self.file_name() } else { self.name.link_file_name() }
    }

    /// Where the image is published.
    fn image_path(&self) -> PathBuf {
        self.args.out.join(self.file_name())
    }

    /// What the sidecar of the image is called: a byte longer than the image.
    fn sidecar_name(&self) -> String {
        format!("{}-{}-{}.json", self.name, self.version, self.architecture)
    }
}

/// An image that was written.
#[derive(Debug)]
struct Published {
    digest: Sha256Digest,
    summary: Summary,
    /// None if it was not compared.
    agreement: Option<Agreement>,
    /// A transfer file that is not the one that would be written now.
    kept_transfer: bool,
}

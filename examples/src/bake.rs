//! `bake`: a directory becomes an extension image, with all that a publisher puts beside it.

use std::{io::Write, num::NonZeroUsize, path::PathBuf};

use clap::{Parser, builder::NonEmptyStringValueParser};
use sysext_image::{
    Builder, MtimePolicy, OwnerPolicy, ScanPolicy, Tree,
    squashfs::{BlockSize, Compression, Summary, Writer},
};
use sysext_release::{Architecture, Class, ExtensionName, ExtensionRelease, version::Version};
use sysext_verify::Sha256Digest;

pub use self::{epoch::InvalidEpochError, error::BakeError, input::InputKind};

use self::url::BaseUrl;
use crate::exit;

mod epoch;
mod error;
mod input;
mod output;
mod report;
mod sample;
mod sidecar;
mod transfer;
mod url;

/// Bakes a directory into a system extension image.
///
/// Writes DIR/NAME-VERSION-ARCH.raw, its line in DIR/SHA256SUMS, DIR/NAME.transfer for systemd-sysupdate, and
/// DIR/NAME-VERSION-ARCH.json. The same input gives the same bytes.
#[derive(Clone, Debug, Parser)]
#[command(name = "bake")]
#[expect(clippy::struct_excessive_bools, reason = "each is a flag of its own")]
pub struct Args {
    /// Directory with usr/ or opt/ (etc/ for a confext). Without it, a small built-in sample is baked
    #[arg(requires = "version")]
    input: Option<PathBuf>,
    /// Name of the extension [default: the directory's name]
    #[arg(long)]
    name: Option<ExtensionName>,
    /// Version of the extension, as systemd-sysupdate compares it. Needed with a directory
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
    /// Let the image merge under any file name, not only as NAME.raw
    #[arg(long)]
    any_name: bool,
    /// Replace an image of this name and version that has other content, and a transfer file that was edited
    #[arg(long)]
    replace: bool,
    /// Where DIR will be served, for the transfer file: https://…, http://… or file:///…
    #[arg(long, value_name = "BASE")]
    url: Option<BaseUrl>,
}

/// Bakes, and says on `out` what came of it.
pub fn run(args: &Args, out: &mut impl Write) -> Result<(), BakeError> {
    let recipe = Recipe::new(args)?;
    let (tree, notes) = recipe.tree()?;
    let builder = Builder::new(args.class, recipe.name.clone(), recipe.release()?)
        .with_any_name(args.any_name)
        .with_mtime(recipe.epoch);
    let extension = builder.build(tree)?;
    let image = output::publish(&recipe, &extension)?;
    let report = report::write(&recipe, &image, &notes, out).and_then(|()| out.flush());
    exit::printed(report)
        .map_err(|source| BakeError::Report { directory: args.out.clone(), source })
}

/// The arguments with every default filled in.
#[derive(Debug)]
struct Recipe<'a> {
    args: &'a Args,
    name: ExtensionName,
    version: Version,
    architecture: Architecture,
    epoch: u32,
}

impl<'a> Recipe<'a> {
    fn new(args: &'a Args) -> Result<Self, BakeError> {
        let default_name = || match &args.input {
            None => sample::name(),
            Some(input) => input::name(input),
        };
        Ok(Self {
            args,
            name: args.name.clone().map_or_else(default_name, Ok)?,
            // Only the sample comes without one.
            version: args.version.clone().map_or_else(sample::version, Ok)?,
            architecture: args.arch.map_or_else(Architecture::of_this_machine, Ok)?,
            epoch: args.epoch.map_or_else(epoch::from_environment, Ok)?,
        })
    }

    /// What goes into the image, and what of the input does not.
    fn tree(&self) -> Result<(Tree, Vec<String>), BakeError> {
        let Some(input) = &self.args.input else {
            return Ok((sample::tree(self.epoch)?, Vec::new()));
        };
        let owner = if self.args.keep_owner { OwnerPolicy::Keep } else { OwnerPolicy::Root };
        let mtime =
            if self.args.keep_mtime { MtimePolicy::Keep } else { MtimePolicy::ClampTo(self.epoch) };
        input::check(input, &self.args.out)?;
        let policy = ScanPolicy::default().with_owner(owner).with_mtime(mtime);
        let scan = Tree::scan(input, &policy)?;
        Ok((scan.tree, scan.losses.iter().map(ToString::to_string).collect()))
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
        self.args.reload || self.args.input.is_none()
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
    /// A transfer file that is not the one that would be written now.
    kept_transfer: bool,
}

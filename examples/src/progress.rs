use std::{
    fs::File,
    io::{self, Read},
    ops::ControlFlow,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use rustix::{
    event::{PollFd, PollFlags, Timespec, poll},
    io::Errno,
};
use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
use sysext_image::squashfs::{Phase, Progress};

/// How long a signal may wait for a pipe that nothing comes out of.
const PATIENCE: Timespec = Timespec { tv_sec: 0, tv_nsec: 50_000_000 };

/// A bar on standard error while something is read or written, if that is a terminal; and an ear for Ctrl-C.
///
/// A signal never ends the process by itself, however often it comes: the temporary files would stay.
#[derive(Debug)]
pub(crate) struct WriteProgress {
    bar: ProgressBar,
    what: &'static str,
    stop: Arc<AtomicBool>,
}

impl WriteProgress {
    pub(crate) fn new() -> io::Result<Self> {
        let stop = Arc::new(AtomicBool::new(false));
        for signal in [SIGHUP, SIGINT, SIGTERM] {
            signal_hook::flag::register(signal, Arc::clone(&stop))?;
        }
        // Hidden where standard error is no terminal.
        let bar = ProgressBar::with_draw_target(Some(0), ProgressDrawTarget::stderr());
        Ok(Self { bar, what: "", stop })
    }

    /// Shows how far writing is; breaks after a signal.
    pub(crate) fn show(&mut self, progress: Progress) -> ControlFlow<()> {
        let what = match progress.phase {
            Phase::Deduplicating => "deduplicating",
            _ => "writing",
        };
        self.show_bytes(what, progress.done, progress.total)
    }

    /// Shows how many bytes are done; breaks after a signal.
    pub(crate) fn show_bytes(
        &mut self,
        what: &'static str,
        done: u64,
        total: u64,
    ) -> ControlFlow<()> {
        if self.what != what {
            self.begin(what, Some(total));
        }
        self.bar.set_position(done);
        if self.is_stopped() { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    }

    /// What is in a file or comes out of a pipe, but an error after a signal. Shows how much was read.
    pub(crate) fn read(&mut self, file: File) -> io::Result<impl Read + use<>> {
        let metadata = file.metadata()?;
        self.begin("reading", metadata.is_file().then_some(metadata.len()));
        Ok(Reading { file, bar: self.bar.clone(), stop: Arc::clone(&self.stop) })
    }

    fn begin(&mut self, what: &'static str, total: Option<u64>) {
        self.what = what;
        let style = match total {
            Some(_) => "{msg:13} {wide_bar} {bytes}/{total_bytes} {bytes_per_sec} {eta}",
            None => "{msg:13} {bytes} {bytes_per_sec}",
        };
        self.bar.set_style(
            ProgressStyle::with_template(style).unwrap_or_else(|_| ProgressStyle::default_bar()),
        );
        self.bar.reset();
        self.bar.set_length(total.unwrap_or_default());
        self.bar.set_message(what);
        // However soon it is over.
        self.bar.force_draw();
    }

    /// Takes the bar away; signals are still heard.
    pub(crate) fn finish(&mut self) {
        self.bar.finish_and_clear();
    }

    /// Whether a signal came.
    pub(crate) fn is_stopped(&self) -> bool {
        self.stop.load(Ordering::Relaxed)
    }

    /// The same bytes, but an error after a signal.
    pub(crate) fn watch(&self, reader: impl Read) -> impl Read {
        Watched { reader, stop: Arc::clone(&self.stop) }
    }
}

impl Drop for WriteProgress {
    fn drop(&mut self) {
        self.finish();
    }
}

struct Reading {
    file: File,
    bar: ProgressBar,
    stop: Arc<AtomicBool>,
}

impl Read for Reading {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        loop {
            if self.stop.load(Ordering::Relaxed) {
                return Err(stopped());
            }
            // A read that waits goes on after a signal.
            match poll(&mut [PollFd::new(&self.file, PollFlags::IN)], Some(&PATIENCE)) {
                Ok(0) | Err(Errno::INTR) => continue,
                result => result?,
            };
            match self.file.read(buffer) {
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                result => {
                    self.bar.inc(result.as_ref().map_or(0, |length| *length as u64));
                    return result;
                }
            }
        }
    }
}

struct Watched<R> {
    reader: R,
    stop: Arc<AtomicBool>,
}

impl<R: Read> Read for Watched<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.stop.load(Ordering::Relaxed) {
            return Err(stopped());
        }
        self.reader.read(buffer)
    }
}

/// Not `Interrupted`, after which readers try again.
fn stopped() -> io::Error {
    io::Error::other("stopped by a signal")
}

use std::{
    io::{self, Read},
    ops::ControlFlow,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
use sysext_image::squashfs::{Phase, Progress};

/// A bar on standard error while an image is written, if that is a terminal; and an ear for Ctrl-C.
///
/// A signal never ends the process by itself, however often it comes: the temporary files would stay.
#[derive(Debug)]
pub(crate) struct WriteProgress {
    bar: ProgressBar,
    phase: Option<Phase>,
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
        let style = "{msg:13} {wide_bar} {bytes}/{total_bytes} {bytes_per_sec} {eta}";
        bar.set_style(
            ProgressStyle::with_template(style).unwrap_or_else(|_| ProgressStyle::default_bar()),
        );
        Ok(Self { bar, phase: None, stop })
    }

    /// Shows how far it is; breaks after a signal.
    pub(crate) fn show(&mut self, progress: Progress) -> ControlFlow<()> {
        if self.phase != Some(progress.phase) {
            self.phase = Some(progress.phase);
            self.bar.reset();
            self.bar.set_length(progress.total);
            self.bar.set_message(match progress.phase {
                Phase::Deduplicating => "deduplicating",
                _ => "writing",
            });
        }
        self.bar.set_position(progress.done);
        if self.is_stopped() { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
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

struct Watched<R> {
    reader: R,
    stop: Arc<AtomicBool>,
}

impl<R: Read> Read for Watched<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.stop.load(Ordering::Relaxed) {
            // Not `Interrupted`, after which readers try again.
            return Err(io::Error::other("stopped by a signal"));
        }
        self.reader.read(buffer)
    }
}

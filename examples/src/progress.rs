use std::{
    io,
    ops::ControlFlow,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
use sysext_image::squashfs::{Progress, Stage};

/// A bar on standard error while an image is written, if that is a terminal; and an ear for Ctrl-C.
#[derive(Debug)]
pub(crate) struct WriteProgress {
    bar: ProgressBar,
    stage: Option<Stage>,
    stop: Arc<AtomicBool>,
}

impl WriteProgress {
    pub(crate) fn new() -> io::Result<Self> {
        let stop = Arc::new(AtomicBool::new(false));
        for signal in [SIGHUP, SIGINT, SIGTERM] {
            // The second signal ends the process at once: the first one may come while a disk hangs.
            signal_hook::flag::register_conditional_shutdown(signal, 1, Arc::clone(&stop))?;
            signal_hook::flag::register(signal, Arc::clone(&stop))?;
        }
        // Hidden where standard error is no terminal.
        let bar = ProgressBar::with_draw_target(Some(0), ProgressDrawTarget::stderr());
        let style = "{msg:13} {wide_bar} {bytes}/{total_bytes} {bytes_per_sec} {eta}";
        bar.set_style(
            ProgressStyle::with_template(style).unwrap_or_else(|_| ProgressStyle::default_bar()),
        );
        Ok(Self { bar, stage: None, stop })
    }

    /// Shows how far it is; breaks after a signal.
    pub(crate) fn show(&mut self, progress: Progress) -> ControlFlow<()> {
        if self.stage != Some(progress.stage) {
            self.stage = Some(progress.stage);
            self.bar.reset();
            self.bar.set_length(progress.total);
            self.bar.set_message(match progress.stage {
                Stage::Deduplicating => "deduplicating",
                _ => "compressing",
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
}

impl Drop for WriteProgress {
    fn drop(&mut self) {
        self.finish();
    }
}

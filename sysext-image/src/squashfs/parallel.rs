use std::{
    cell::RefCell,
    collections::VecDeque,
    iter,
    num::NonZeroUsize,
    sync::{Condvar, Mutex, MutexGuard, PoisonError},
    thread,
    time::Duration,
};

/// How long the consumer waits for a result before it is asked whether to go on.
const PULSE: Duration = Duration::from_millis(50);

/// What the consumer is called with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Turn<Done> {
    /// The result of the next job.
    Done(Done),
    /// None yet: a while has passed.
    Pulse,
}

/// Tells a job that takes long whether its result is still wanted.
pub(crate) struct Wanted<'a>(&'a dyn Fn() -> bool);

impl Wanted<'_> {
    /// To be asked now and then. Once it says no, the job's result is thrown away, whatever it is.
    pub(crate) fn is_wanted(&self) -> bool {
        (self.0)()
    }
}

/// Works on jobs in parallel and hands the results over in the order of the jobs.
///
/// `state` makes what each thread keeps from job to job. The first error in the order of the jobs ends it, whatever
/// the number of threads and whichever of them was faster; so does an error of the consumer. One thread is the caller's
/// own: nothing is spawned then. `window` is how many jobs may be taken before the consumer has had their results,
/// which bounds the memory.
pub(crate) fn in_order<State, Job, Done, Error>(
    threads: NonZeroUsize,
    window: usize,
    jobs: impl Iterator<Item = Job> + Send,
    state: impl Fn() -> Result<State, Error>,
    work: impl Fn(&mut State, Job, &Wanted<'_>) -> Result<Done, Error> + Sync,
    mut consume: impl FnMut(Turn<Done>) -> Result<(), Error>,
) -> Result<(), Error>
where
    State: Send,
    Job: Send,
    Done: Send,
    Error: Send,
{
    if threads.get() == 1 {
        return alone(jobs, state, work, consume);
    }
    let queue = Queue::new(jobs, window);
    thread::scope(|scope| {
        let (queue, work) = (&queue, &work);
        // Before the first thread, which would wait for ever if this function failed without telling it.
        let _leave = Leave { queue, stop: true };
        let mut started = 0;
        while started < threads.get() {
            let mut state = state()?;
            let run = move || {
                // Also when `work` panics: the consumer must not wait for a result that never comes.
                let _leave = Leave { queue, stop: false };
                let is_wanted = || !queue.is_stopped();
                while let Some((number, job)) = queue.take() {
                    queue.put(number, work(&mut state, job, &Wanted(&is_wanted)));
                }
            };
            // The system may allow fewer threads: those that there are do it all.
            if thread::Builder::new().spawn_scoped(scope, run).is_err() {
                break;
            }
            started += 1;
        }
        if started == 0 {
            return alone(iter::from_fn(|| queue.take_alone()), state, work, consume);
        }
        let mut batch = VecDeque::new();
        while queue.next(&mut batch) {
            if batch.is_empty() {
                consume(Turn::Pulse)?;
            }
            for done in batch.drain(..) {
                consume(Turn::Done(done?))?;
            }
        }
        Ok(())
    })
}

/// The same on the caller's thread.
fn alone<State, Job, Done, Error>(
    jobs: impl Iterator<Item = Job>,
    state: impl Fn() -> Result<State, Error>,
    work: impl Fn(&mut State, Job, &Wanted<'_>) -> Result<Done, Error>,
    consume: impl FnMut(Turn<Done>) -> Result<(), Error>,
) -> Result<(), Error> {
    let mut state = state()?;
    let consume = RefCell::new(consume);
    let refusal = RefCell::new(None);
    for job in jobs {
        // Asking is the only way to a pulse here.
        let is_wanted = || match (consume.borrow_mut())(Turn::Pulse) {
            Ok(()) => true,
            Err(error) => {
                refusal.replace(Some(error));
                false
            }
        };
        let done = work(&mut state, job, &Wanted(&is_wanted));
        if let Some(error) = refusal.take() {
            return Err(error);
        }
        (consume.borrow_mut())(Turn::Done(done?))?;
    }
    Ok(())
}

struct Queue<Jobs, Done> {
    /// Apart from the state, so that making a job keeps nobody from a result.
    jobs: Mutex<Jobs>,
    state: Mutex<State<Done>>,
    /// Results were put, or no more will come.
    progress: Condvar,
    /// There is room for more jobs, or none shall be taken.
    room: Condvar,
    window: usize,
    /// How many results are handed over at once: fewer switches from thread to thread, and still something to do for
    /// all of them meanwhile.
    batch: usize,
}

struct State<Done> {
    /// The results of the jobs that were taken and not consumed, once they are there.
    results: VecDeque<Option<Done>>,
    /// How many of them are there without one missing before them.
    ready: usize,
    /// How many results the consumer has in hand.
    handed: usize,
    /// The number of the first of the results.
    first: usize,
    /// The consumer waits.
    is_awaited: bool,
    /// Somebody waits for room.
    is_full: bool,
    /// Why no more jobs are taken.
    end: Option<End>,
}

impl<Done> State<Done> {
    fn is_stopped(&self) -> bool {
        self.end == Some(End::Stopped)
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum End {
    /// All jobs were taken.
    Exhausted,
    /// No more shall be: the consumer has left, or a thread panicked.
    Stopped,
}

impl<Job, Jobs: Iterator<Item = Job>, Done> Queue<Jobs, Done> {
    fn new(jobs: Jobs, window: usize) -> Self {
        let state = State {
            results: VecDeque::new(),
            ready: 0,
            handed: 0,
            first: 0,
            is_awaited: false,
            is_full: false,
            end: None,
        };
        Self {
            jobs: Mutex::new(jobs),
            state: Mutex::new(state),
            progress: Condvar::new(),
            room: Condvar::new(),
            window: window.max(1),
            batch: (window / 2).max(1),
        }
    }

    fn lock(&self) -> MutexGuard<'_, State<Done>> {
        // A panic of another thread does not leave the state half changed; it is passed on by the scope.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The next job and its number, once there is room for its result.
    fn take(&self) -> Option<(usize, Job)> {
        // Who waits for room has the jobs: the others need not be woken for it.
        let mut jobs = self.jobs.lock().unwrap_or_else(PoisonError::into_inner);
        let mut state = self.lock();
        while state.results.len() + state.handed >= self.window && !state.is_stopped() {
            // A small batch is better than none.
            self.tell(&mut state, 1);
            state.is_full = true;
            state = self.room.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
        if state.is_stopped() {
            return None;
        }
        drop(state);
        let job = jobs.next();
        let mut state = self.lock();
        let Some(job) = job else {
            state.end.get_or_insert(End::Exhausted);
            return None;
        };
        state.results.push_back(None);
        Some((state.first + state.results.len() - 1, job))
    }

    /// The next job for a caller that has no threads.
    fn take_alone(&self) -> Option<Job> {
        self.jobs.lock().unwrap_or_else(PoisonError::into_inner).next()
    }

    fn put(&self, number: usize, done: Done) {
        let mut state = self.lock();
        let at = number - state.first;
        if let Some(result) = state.results.get_mut(at) {
            *result = Some(done);
        }
        while state.results.get(state.ready).is_some_and(Option::is_some) {
            state.ready += 1;
        }
        self.tell(&mut state, self.batch);
    }

    /// Wakes the consumer if it waits and so many results are there.
    fn tell(&self, state: &mut State<Done>, least: usize) {
        if state.is_awaited && state.ready >= least {
            state.is_awaited = false;
            self.progress.notify_one();
        }
    }

    /// Fills `batch`, which is empty, with the next results in order. It stays so after a while without one; false when
    /// all jobs are done, or when a thread was lost.
    fn next(&self, batch: &mut VecDeque<Done>) -> bool {
        let mut state = self.lock();
        state.handed = 0;
        if state.is_full && state.results.len() < self.window {
            state.is_full = false;
            self.room.notify_one();
        }
        let mut has_waited = false;
        loop {
            if state.ready > 0 {
                let handed = state.ready.min(self.batch);
                batch.extend(state.results.drain(..handed).flatten());
                state.first += handed;
                state.ready -= handed;
                state.handed = handed;
                return true;
            }
            if state.is_stopped() || (state.end.is_some() && state.results.is_empty()) {
                return false;
            }
            if has_waited {
                return true;
            }
            state.is_awaited = true;
            let (later, timeout) =
                self.progress.wait_timeout(state, PULSE).unwrap_or_else(PoisonError::into_inner);
            state = later;
            state.is_awaited = false;
            has_waited = timeout.timed_out();
        }
    }

    fn is_stopped(&self) -> bool {
        self.lock().is_stopped()
    }
}

/// Tells the others that a thread has left.
struct Leave<'a, Jobs, Done> {
    queue: &'a Queue<Jobs, Done>,
    /// Whether the others shall stop as well.
    stop: bool,
}

impl<Jobs, Done> Drop for Leave<'_, Jobs, Done> {
    fn drop(&mut self) {
        let mut state = self.queue.state.lock().unwrap_or_else(PoisonError::into_inner);
        if self.stop || thread::panicking() {
            state.end = Some(End::Stopped);
        }
        drop(state);
        self.queue.progress.notify_all();
        self.queue.room.notify_all();
    }
}

#[cfg(test)]
mod tests {
    use std::{num::NonZeroUsize, sync::mpsc, thread, time::Duration};

    use super::{Turn, Wanted, in_order};

    type Outcome = Result<u32, &'static str>;

    /// The results up to the end, and how it ended.
    fn run(
        threads: usize,
        jobs: impl Iterator<Item = u32> + Send,
        work: impl Fn(u32, &Wanted<'_>) -> Outcome + Sync,
        consume: impl Fn(Turn<u32>) -> Result<(), &'static str>,
    ) -> (Vec<u32>, Result<(), &'static str>) {
        let threads = NonZeroUsize::new(threads).expect("a thread at least");
        let mut seen = Vec::new();
        let work = |(): &mut (), job, wanted: &Wanted<'_>| work(job, wanted);
        let result = in_order(
            threads,
            16,
            jobs,
            || Ok(()),
            work,
            |turn| {
                if let Turn::Done(done) = turn {
                    seen.push(done);
                }
                consume(turn)
            },
        );
        (seen, result)
    }

    #[test]
    fn results_come_in_the_order_of_the_jobs() {
        let work = |job: u32, _: &Wanted<'_>| {
            if job.is_multiple_of(3) {
                thread::yield_now();
            }
            Ok(job * 2)
        };
        for threads in [1, 2, 7] {
            let (seen, result) = run(threads, 0..1000, work, |_| Ok(()));
            let expected: Vec<_> = (0..1000).map(|job| job * 2).collect();
            assert_eq!((seen, result), (expected, Ok(())), "{threads} threads");
        }
    }

    #[test]
    fn the_first_error_in_the_order_of_the_jobs_wins() {
        let work = |job, _: &Wanted<'_>| match job {
            0..100 => Ok(job),
            100 => Err("the first"),
            _ => Err("a later one"),
        };
        for threads in [1, 2, 7] {
            let (seen, result) = run(threads, 0..1000, work, |_| Ok(()));
            assert_eq!((seen.len(), result), (100, Err("the first")), "{threads} threads");
        }
    }

    #[test]
    fn an_error_of_the_consumer_ends_it() {
        let consume = |turn| if turn == Turn::Done(10) { Err("full") } else { Ok(()) };
        for threads in [1, 2, 7] {
            let (seen, result) = run(threads, 0.., |job, _| Ok(job), consume);
            assert_eq!((seen.len(), result), (11, Err("full")), "{threads} threads");
        }
    }

    #[test]
    fn a_long_job_ends_when_the_consumer_wants_no_more() {
        let work = |job, wanted: &Wanted<'_>| {
            while wanted.is_wanted() {
                thread::yield_now();
            }
            Ok(job)
        };
        let consume = |turn| if turn == Turn::Pulse { Err("cancelled") } else { Ok(()) };
        for threads in [1, 2, 7] {
            let (seen, result) = run(threads, 0.., work, consume);
            assert_eq!((seen, result), (vec![], Err("cancelled")), "{threads} threads");
        }
    }

    #[test]
    fn no_more_jobs_are_taken_than_the_window_allows() {
        let (taken, jobs) = mpsc::channel();
        let jobs_taken = (0..1000).inspect(move |job| taken.send(*job).expect("a listener"));
        let consume = |turn| {
            if let Turn::Done(done) = turn {
                thread::sleep(Duration::from_micros(200));
                let most = jobs.try_iter().last().unwrap_or_default();
                assert!(most <= done + 16, "job {most} was taken when {done} was done");
            }
            Ok(())
        };
        assert_eq!(run(4, jobs_taken, |job, _| Ok(job), consume).1, Ok(()));
    }

    #[test]
    #[should_panic(expected = "a scoped thread panicked")]
    fn a_panic_in_a_thread_is_passed_on() {
        let work = |job, _: &Wanted<'_>| if job == 5 { panic!("job 5") } else { Ok(job) };
        let _ = run(2, 0.., work, |_| Ok(()));
    }
}

use std::{
    cell::RefCell,
    collections::BTreeMap,
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
        while let Some(turn) = queue.next() {
            match turn {
                Turn::Done(done) => consume(Turn::Done(done?))?,
                Turn::Pulse => consume(Turn::Pulse)?,
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
    state: Mutex<State<Jobs, Done>>,
    /// A result was put, or no more will come.
    progress: Condvar,
    /// There is room for another job, or none shall be taken.
    room: Condvar,
    window: usize,
}

struct State<Jobs, Done> {
    jobs: Jobs,
    /// How many jobs were taken; the number of the next one.
    taken: usize,
    /// How many results were consumed; the number of the next one.
    consumed: usize,
    done: BTreeMap<usize, Done>,
    /// All jobs were taken.
    exhausted: bool,
    /// No more jobs shall be taken: the consumer has left, or a thread panicked.
    stopped: bool,
}

impl<Job, Jobs: Iterator<Item = Job>, Done> Queue<Jobs, Done> {
    fn new(jobs: Jobs, window: usize) -> Self {
        let state = State {
            jobs,
            taken: 0,
            consumed: 0,
            done: BTreeMap::new(),
            exhausted: false,
            stopped: false,
        };
        Self {
            state: Mutex::new(state),
            progress: Condvar::new(),
            room: Condvar::new(),
            window: window.max(1),
        }
    }

    fn lock(&self) -> MutexGuard<'_, State<Jobs, Done>> {
        // A panic of another thread does not leave the state half changed; it is passed on by the scope.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The next job and its number, once there is room for its result.
    fn take(&self) -> Option<(usize, Job)> {
        let mut state = self.lock();
        while state.taken >= state.consumed + self.window && !state.stopped {
            state = self.room.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
        if state.stopped {
            return None;
        }
        let Some(job) = state.jobs.next() else {
            state.exhausted = true;
            return None;
        };
        let number = state.taken;
        state.taken += 1;
        Some((number, job))
    }

    /// The next job for a caller that has no threads.
    fn take_alone(&self) -> Option<Job> {
        let mut state = self.lock();
        let job = state.jobs.next();
        state.exhausted = job.is_none();
        job
    }

    fn put(&self, number: usize, done: Done) {
        let mut state = self.lock();
        state.done.insert(number, done);
        if number == state.consumed {
            self.progress.notify_one();
        }
    }

    /// The next result in order, or a pulse; none when all jobs are done, or when a thread was lost.
    fn next(&self) -> Option<Turn<Done>> {
        let mut state = self.lock();
        loop {
            let number = state.consumed;
            if let Some(done) = state.done.remove(&number) {
                state.consumed += 1;
                self.room.notify_one();
                return Some(Turn::Done(done));
            }
            if state.stopped || (state.exhausted && state.consumed == state.taken) {
                return None;
            }
            let (later, timeout) =
                self.progress.wait_timeout(state, PULSE).unwrap_or_else(PoisonError::into_inner);
            state = later;
            if timeout.timed_out() && !state.done.contains_key(&number) {
                return Some(Turn::Pulse);
            }
        }
    }

    fn is_stopped(&self) -> bool {
        self.lock().stopped
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
        state.stopped |= self.stop || thread::panicking();
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

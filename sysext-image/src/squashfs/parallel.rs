use std::{
    collections::BTreeMap,
    num::NonZeroUsize,
    sync::{Condvar, Mutex, MutexGuard, PoisonError},
    thread,
};

/// Works on jobs in parallel and hands the results over in the order of the jobs.
///
/// `state` makes what each thread keeps from job to job. The first error in the order of the jobs ends it, whatever
/// the number of threads and whichever of them was faster. One thread is the caller's own: nothing is spawned then.
/// `window` is how many jobs may be taken before the consumer has had their results, which bounds the memory.
pub(crate) fn in_order<State, Job, Done, Error>(
    threads: NonZeroUsize,
    window: usize,
    mut jobs: impl Iterator<Item = Job> + Send,
    state: impl Fn() -> Result<State, Error>,
    work: impl Fn(&mut State, Job) -> Result<Done, Error> + Sync,
    mut consume: impl FnMut(Done) -> Result<(), Error>,
) -> Result<(), Error>
where
    State: Send,
    Job: Send,
    Done: Send,
    Error: Send,
{
    if threads.get() == 1 {
        let mut state = state()?;
        return jobs.try_for_each(|job| consume(work(&mut state, job)?));
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
                while let Some((number, job)) = queue.take() {
                    queue.put(number, work(&mut state, job));
                }
            };
            // The system may allow fewer threads: those that there are do it all.
            if thread::Builder::new().spawn_scoped(scope, run).is_err() {
                break;
            }
            started += 1;
        }
        if started == 0 {
            let mut state = state()?;
            while let Some(job) = queue.take_alone() {
                consume(work(&mut state, job)?)?;
            }
        }
        while let Some(done) = queue.next() {
            consume(done?)?;
        }
        Ok(())
    })
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

    /// The next result in order; none when all jobs are done, or when a thread was lost.
    fn next(&self) -> Option<Done> {
        let mut state = self.lock();
        loop {
            let number = state.consumed;
            if let Some(done) = state.done.remove(&number) {
                state.consumed += 1;
                self.room.notify_one();
                return Some(done);
            }
            if state.stopped || (state.exhausted && state.consumed == state.taken) {
                return None;
            }
            state = self.progress.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
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
    use std::num::NonZeroUsize;

    use super::in_order;

    fn threads(count: usize) -> NonZeroUsize {
        NonZeroUsize::new(count).unwrap()
    }

    #[test]
    fn results_come_in_the_order_of_the_jobs() {
        for count in [1, 2, 7] {
            let mut seen = Vec::new();
            let work = |(): &mut (), job: u32| {
                if job.is_multiple_of(3) {
                    std::thread::yield_now();
                }
                Ok::<_, ()>(job * 2)
            };
            in_order(
                threads(count),
                count * 2,
                0..1000,
                || Ok(()),
                work,
                |done| {
                    seen.push(done);
                    Ok(())
                },
            )
            .unwrap();
            assert_eq!(seen, (0..1000).map(|job| job * 2).collect::<Vec<_>>(), "{count} threads");
        }
    }

    #[test]
    fn the_first_error_in_the_order_of_the_jobs_wins() {
        for count in [1, 2, 7] {
            let mut seen = 0;
            let work = |(): &mut (), job: u32| if job < 100 { Ok(job) } else { Err(job) };
            let result = in_order(
                threads(count),
                count * 2,
                0..1000,
                || Ok(()),
                work,
                |_| {
                    seen += 1;
                    Ok(())
                },
            );
            assert_eq!((result, seen), (Err(100), 100), "{count} threads");
        }
    }

    #[test]
    fn an_error_of_the_consumer_ends_it() {
        for count in [1, 2, 7] {
            let consume = |done| if done == 10 { Err("full") } else { Ok(()) };
            let result = in_order(
                threads(count),
                count * 2,
                0..,
                || Ok(()),
                |(): &mut (), job: u32| Ok(job),
                consume,
            );
            assert_eq!(result, Err("full"), "{count} threads");
        }
    }

    #[test]
    #[should_panic(expected = "a scoped thread panicked")]
    fn a_panic_in_a_thread_is_passed_on() {
        let work =
            |(): &mut (), job: u32| if job == 5 { panic!("job 5") } else { Ok::<_, ()>(job) };
        let _ = in_order(threads(2), 4, 0.., || Ok(()), work, |_| Ok(()));
    }
}

//! Work on many files, on all cores: the results come in the order of the files, whichever is done first.

use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::{Mutex, PoisonError, mpsc};
use std::thread;

/// More threads than this wait for the disk.
const MAX_THREADS: usize = 8;
/// How far a thread may be ahead of the results that were taken: what waits to be taken is bounded by that.
const AHEAD: usize = 16;
/// How many short items make one piece of work, and how many bytes of them.
const RUN_ITEMS: usize = 64;
const RUN_BYTES: u64 = 256 * 1024;

/// Does `work` for each item on as many threads as there are cores, and hands the results to `take` on this one, in the
/// order of the items. The first error in that order, of either, ends it.
pub(super) fn spread<I: Sync, T: Send, E: Send>(
    items: &[I],
    work: impl Fn(&I) -> Result<T, E> + Sync,
    mut take: impl FnMut(&I, T) -> Result<(), E>,
) -> Result<(), E> {
    let threads = thread::available_parallelism().map_or(1, usize::from).min(MAX_THREADS).min(items.len());
    if threads < 2 {
        return items.iter().try_for_each(|item| take(item, work(item)?));
    }
    let (hand, handed) = mpsc::channel();
    let (tell, told) = mpsc::channel();
    let handed = Mutex::new(handed);
    thread::scope(|scope| {
        // It ends the threads by its own end, however that comes about.
        let hand = hand;
        for _ in 0..threads {
            let tell = tell.clone();
            scope.spawn(|| {
                let tell = tell;
                let next = || handed.lock().unwrap_or_else(PoisonError::into_inner).recv();
                while let Ok((at, item)) = next() {
                    // Whoever waits for the result must hear of a panic too.
                    let done = catch_unwind(AssertUnwindSafe(|| work(item)));
                    let _ = tell.send((at, done));
                }
            });
        }
        drop(tell);
        let mut ready = BTreeMap::new();
        let mut ahead = items.iter().enumerate();
        for job in ahead.by_ref().take(AHEAD) {
            let _ = hand.send(job);
        }
        for (at, item) in items.iter().enumerate() {
            while !ready.contains_key(&at) {
                let Ok((at, done)) = told.recv() else { break };
                ready.insert(at, done);
            }
            match ready.remove(&at) {
                Some(Ok(done)) => take(item, done?)?,
                Some(Err(panic)) => resume_unwind(panic),
                // Not before `hand` is gone.
                None => return Ok(()),
            }
            if let Some(job) = ahead.next() {
                let _ = hand.send(job);
            }
        }
        Ok(())
    })
}

/// As [`spread`], for items of which most are short: neighbours are handed out together, until they are many or have many
/// bytes, because handing one over costs more than a short one does.
pub(super) fn spread_runs<I: Sync, T: Send, E: Send>(
    items: &[I],
    bytes: impl Fn(&I) -> u64,
    work: impl Fn(&I) -> Result<T, E> + Sync,
    mut take: impl FnMut(&I, T) -> Result<(), E>,
) -> Result<(), E> {
    let mut run = (0, 0_u64);
    let together = |item: &I, _: &I| {
        run = (run.0 + 1, run.1.saturating_add(bytes(item)));
        let more = run.0 < RUN_ITEMS && run.1 < RUN_BYTES;
        if !more {
            run = (0, 0);
        }
        more
    };
    let runs: Vec<&[I]> = items.chunk_by(together).collect();
    // An error is an end of its run, so that what stands before it is taken first.
    let of_run = |run: &&[I]| {
        let mut done = Vec::with_capacity(run.len());
        let end = run.iter().try_for_each(|item| {
            done.push(work(item)?);
            Ok(())
        });
        Ok((done, end))
    };
    spread(&runs, of_run, |run, (done, end)| {
        run.iter().zip(done).try_for_each(|(item, done)| take(item, done))?;
        end
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::{AtomicUsize, Ordering};

    #[test]
    fn results_come_in_order_and_nobody_runs_far_ahead() {
        let items: Vec<usize> = (0..5_000).collect();
        let (begun, taken) = (AtomicUsize::new(0), AtomicUsize::new(0));
        let work = |item: &usize| {
            let ahead = begun.fetch_add(1, Ordering::SeqCst) - taken.load(Ordering::SeqCst).min(*item);
            assert!(ahead <= AHEAD + MAX_THREADS, "{ahead}");
            Ok::<_, ()>(item * 2)
        };
        let mut seen = Vec::new();
        spread(&items, work, |item, done| {
            taken.fetch_add(1, Ordering::SeqCst);
            seen.push((*item, done));
            Ok(())
        })
        .unwrap();
        assert!(seen.iter().copied().eq(items.iter().map(|item| (*item, item * 2))));
    }

    #[test]
    fn the_first_error_in_order_is_the_one_that_is_told() {
        let items: Vec<u64> = (0..1_000).collect();
        for _ in 0..20 {
            let work = |item: &u64| if *item >= 300 { Err(*item) } else { Ok(*item) };
            assert_eq!(spread(&items, work, |_, _| Ok(())), Err(300));
            assert_eq!(
                spread(&items, |item| Ok(*item), |_, done| if done == 7 { Err(7) } else { Ok(()) }),
                Err(7)
            );
        }
    }

    #[test]
    fn runs_change_nothing_but_the_cost() {
        let items: Vec<u64> = (0..1_000).collect();
        let bytes = |item: &u64| if item.is_multiple_of(7) { RUN_BYTES } else { 1 };
        let mut seen = Vec::new();
        let work = |item: &u64| if *item == 300 { Err(*item) } else { Ok(*item * 2) };
        let end = spread_runs(&items, bytes, work, |item, done| {
            seen.push((*item, done));
            Ok(())
        });
        assert_eq!(end, Err(300));
        assert!(seen.iter().copied().eq((0..300).map(|item| (item, item * 2))));
        let taken = |_: &u64, done| if done == 2 * 299 { Err(299) } else { Ok(()) };
        assert_eq!(spread_runs(&items, bytes, work, taken), Err(299), "what is taken before is told before");
    }

    #[test]
    #[should_panic(expected = "the four hundredth")]
    fn a_panic_is_passed_on_and_nobody_waits_for_ever() {
        let items: Vec<u64> = (0..1_000).collect();
        let work = |item: &u64| {
            assert!(*item != 400, "the four hundredth");
            Ok::<_, ()>(())
        };
        let _ = spread(&items, work, |_, ()| Ok(()));
    }
}

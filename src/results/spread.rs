//! Work on many files, on all cores: the results come in the order of the files, whichever is done first.

use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::{Mutex, PoisonError, mpsc};
use std::thread;

/// More threads than this wait for the disk.
const MAX_THREADS: usize = 8;
/// How far a thread may be ahead of the results that were taken: what waits to be taken is bounded by that.
const AHEAD: usize = 16;

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

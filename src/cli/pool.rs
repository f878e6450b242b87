//! Work for several processors, whose results come in the order of the work.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::channel;
use std::sync::{Condvar, Mutex, PoisonError};
use std::thread;

/// No worker is further ahead of the slowest than so many pieces: their results wait in memory.
const AHEAD: usize = 32;

/// Does `work` for all items with so many threads, and hands the results over in the order of the items.
pub(super) fn in_order<T: Sync, R: Send>(
    threads: usize,
    items: &[T],
    work: impl Fn(&T) -> R + Sync,
    mut visit: impl FnMut(&T, R),
) {
    let next = AtomicUsize::new(0);
    let (done, moved) = (Mutex::new(0), Condvar::new());
    let (tell, results) = channel();
    thread::scope(|scope| {
        for _ in 0..threads.clamp(1, items.len().max(1)) {
            let tell = tell.clone();
            scope.spawn(|| {
                let tell = tell;
                loop {
                    let at = next.fetch_add(1, Ordering::Relaxed);
                    let Some(item) = items.get(at) else { return };
                    let slowest = done.lock().unwrap_or_else(PoisonError::into_inner);
                    drop(moved.wait_while(slowest, |slowest| at >= *slowest + AHEAD));
                    if tell.send((at, work(item))).is_err() {
                        return;
                    }
                }
            });
        }
        drop(tell);
        let mut waiting = BTreeMap::new();
        let mut at = 0;
        for (of, result) in results {
            waiting.insert(of, result);
            while let Some(result) = waiting.remove(&at) {
                visit(&items[at], result);
                at += 1;
            }
            *done.lock().unwrap_or_else(PoisonError::into_inner) = at;
            moved.notify_all();
        }
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn results_come_in_order() {
        let items: Vec<u64> = (0..200).collect();
        for threads in [1, 3, 8] {
            let mut seen = Vec::new();
            let slow = |n: &u64| {
                // the first of each ten takes longest
                (0..(10 - n % 10) * 2000).fold(*n, |a, b| a ^ b.wrapping_mul(a | 1));
                n * 2
            };
            in_order(threads, &items, slow, |item, result| seen.push((*item, result)));
            assert_eq!(seen, items.iter().map(|n| (*n, n * 2)).collect::<Vec<_>>());
        }
        in_order(4, &[] as &[u64], |n| *n, |_, _| panic!("there is nothing"));
    }
}

//! Wakes the relay: which buckets have rows that it has not seen.

use std::sync::atomic::{AtomicU16, Ordering};

use tokio::sync::Notify;

/// Set of buckets, one bit each.
pub(super) type Buckets = u16;

/// Dirty buckets, set after a commit and taken by the relay of the same process.
#[derive(Debug, Default)]
pub(super) struct Signal {
    dirty: AtomicU16,
    notify: Notify,
    written: Notify,
}

struct Wake<'a> {
    signal: &'a Signal,
    bucket: i16,
}

impl Drop for Wake<'_> {
    fn drop(&mut self) {
        self.signal.wake(self.bucket);
    }
}

impl Signal {
    /// Tells the relay that a row of `bucket` (0–15) was committed.
    pub(super) fn wake(&self, bucket: i16) {
        self.mark(1 << bucket);
        self.notify.notify_one();
        self.written.notify_one();
    }

    /// Waits for a commit; one that came before is not lost.
    pub(super) async fn written(&self) {
        self.written.notified().await;
    }

    /// Wakes the relay when it is dropped: also when the request is gone before it learns that its commit succeeded.
    pub(super) fn wake_on_drop(&self, bucket: i16) -> impl Drop {
        Wake { signal: self, bucket }
    }

    /// Adds buckets without waking the relay.
    pub(super) fn mark(&self, buckets: Buckets) {
        self.dirty.fetch_or(buckets, Ordering::AcqRel);
    }

    /// Takes all dirty buckets.
    pub(super) fn take(&self) -> Buckets {
        self.dirty.swap(0, Ordering::AcqRel)
    }

    /// Waits for [`Signal::wake`]; one that came before is not lost.
    pub(super) async fn woken(&self) {
        self.notify.notified().await;
    }
}

/// The numbers in a set.
pub(super) fn numbers(buckets: Buckets) -> impl Iterator<Item = i16> {
    (0..domain::event::BUCKETS).filter(move |bucket| buckets & (1 << bucket) != 0)
}

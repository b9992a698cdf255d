//! The thread that owns the connection.

use super::{LedgerError, open, schema};
use futures_util::future::BoxFuture;
use rusqlite::Connection;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError, mpsc};
use std::thread::JoinHandle;
use tokio::sync::oneshot;

/// What every use of a ledger in memory waits for, before and after.
pub type Gate = Arc<dyn Fn() -> BoxFuture<'static, ()> + Send + Sync>;

type Job = Box<dyn FnOnce(&mut Connection) + Send>;

/// A handle on the ledger; cheap to clone. Dropping the last one waits until all that was asked for is written and the file
/// is closed: then there is no `-wal` beside it.
#[derive(Clone)]
pub struct Ledger {
    jobs: Jobs,
}

/// Who works on the connection.
#[derive(Clone)]
enum Jobs {
    /// A thread of its own.
    Thread(Arc<Owner>),
    /// Whoever calls, there and then, once the gate lets it.
    Caller(Arc<Mutex<Connection>>, Gate),
}

/// The thread with the connection, and the way to it.
struct Owner {
    jobs: Option<mpsc::Sender<Job>>,
    thread: Option<JoinHandle<()>>,
}

impl Drop for Owner {
    fn drop(&mut self) {
        self.jobs = None;
        if let Some(thread) = self.thread.take() {
            // A job that panicked has said so already.
            let _ = thread.join();
        }
    }
}

impl Ledger {
    /// Opens the ledger at `path`, creating it where none has ever been. One that is damaged, or no ledger, is refused
    /// and left as it is.
    pub fn open(path: &Path) -> Result<Self, LedgerError> {
        let connection = open::for_writing(path)?;
        let (jobs, queue) = mpsc::channel::<Job>();
        let thread = std::thread::Builder::new()
            .name("ledger".into())
            .spawn(move || serve(connection, &queue))
            .map_err(|error| LedgerError::Open { path: path.into(), reason: error.to_string() })?;
        let owner = Owner { jobs: Some(jobs), thread: Some(thread) };
        Ok(Self { jobs: Jobs::Thread(Arc::new(owner)) })
    }

    /// A ledger in memory, on which every caller works by itself: nothing is left when the last handle is dropped.
    ///
    /// It is for simulations: a thread that answers when it pleases has no place in a time that only goes on when
    /// nothing is left to do.
    pub fn in_memory() -> Result<Self, LedgerError> {
        let path = Path::new(":memory:");
        let mut connection = Connection::open_in_memory()?;
        schema::migrate(&mut connection, path)?;
        let open: Gate = Arc::new(|| Box::pin(std::future::ready(())));
        Ok(Self { jobs: Jobs::Caller(Arc::new(Mutex::new(connection)), open) })
    }

    /// The same ledger in memory behind a gate: one that never opens again is the end of whoever uses this handle,
    /// between any two uses. A ledger in a file has none.
    pub fn behind(&self, gate: Gate) -> Self {
        match &self.jobs {
            Jobs::Caller(connection, _) => Self { jobs: Jobs::Caller(connection.clone(), gate) },
            Jobs::Thread(_) => self.clone(),
        }
    }

    /// Runs `job` on the connection and gives its answer.
    pub(super) async fn call<T: Send + 'static>(
        &self,
        job: impl FnOnce(&mut Connection) -> Result<T, LedgerError> + Send + 'static,
    ) -> Result<T, LedgerError> {
        let owner = match &self.jobs {
            Jobs::Thread(owner) => owner,
            Jobs::Caller(connection, gate) => {
                gate().await;
                let done = job(&mut connection.lock().unwrap_or_else(PoisonError::into_inner));
                gate().await;
                return done;
            }
        };
        let (reply, answer) = oneshot::channel();
        let boxed: Job = Box::new(move |connection| {
            // Nobody waits any more when the caller was cancelled; what was written stands.
            let _ = reply.send(job(connection));
        });
        let jobs = owner.jobs.as_ref().ok_or(LedgerError::Stopped)?;
        jobs.send(boxed).map_err(|_| LedgerError::Stopped)?;
        answer.await.map_err(|_| LedgerError::Stopped)?
    }

    /// As [`Self::call`], for what is come to again when a power cut takes it back: nobody waits for the disk. It lies before
    /// all that is written later, so whatever has reached the disk has there what came before it.
    pub(super) async fn call_unsynced<T: Send + 'static>(
        &self,
        job: impl FnOnce(&mut Connection) -> Result<T, LedgerError> + Send + 'static,
    ) -> Result<T, LedgerError> {
        self.call(move |db| {
            db.pragma_update(None, "synchronous", "NORMAL")?;
            let done = job(db);
            db.pragma_update(None, "synchronous", open::SYNCED)?;
            done
        })
        .await
    }

    /// The block to go on from, as last set under `name`.
    pub async fn cursor(&self, name: String) -> Result<Option<u64>, LedgerError> {
        self.call(move |db| {
            let mut found = db.prepare_cached("SELECT block FROM cursors WHERE name = ?1")?;
            let mut rows = found.query([&name])?;
            Ok(match rows.next()? {
                Some(row) => Some(row.get::<_, i64>(0)? as u64),
                None => None,
            })
        })
        .await
    }

    /// Moves the cursor `name` to `block`. A power cut may take it back: then blocks are read again.
    pub async fn set_cursor(&self, name: String, block: u64) -> Result<(), LedgerError> {
        self.call_unsynced(move |db| {
            db.prepare_cached(
                "INSERT INTO cursors (name, block) VALUES (?1, ?2)
                 ON CONFLICT (name) DO UPDATE SET block = excluded.block",
            )?
            .execute((&name, block as i64))?;
            Ok(())
        })
        .await
    }
}

fn serve(mut connection: Connection, queue: &mpsc::Receiver<Job>) {
    while let Ok(job) = queue.recv() {
        job(&mut connection);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn what_need_not_wait_for_the_disk_leaves_the_others_waiting_for_it() {
        let dir = tempfile::tempdir().unwrap();
        let ledger = Ledger::open(&dir.path().join("ledger.db")).unwrap();
        let level = |db: &mut Connection| Ok(db.pragma_query_value(None, "synchronous", |row| row.get(0))?);
        let full: i64 = ledger.call(level).await.unwrap();
        assert_eq!(ledger.call_unsynced(level).await.unwrap(), full - 1);
        assert_eq!(ledger.call(level).await.unwrap(), full);
        let failed = ledger.call_unsynced(|_| Err::<(), _>(LedgerError::Stopped)).await;
        assert!(failed.is_err());
        assert_eq!(ledger.call(level).await.unwrap(), full, "a failure changes nothing of that");
    }
}

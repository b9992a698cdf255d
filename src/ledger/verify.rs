//! Whether a ledger keeps what every ledger promises: sound pages, and rows that agree with each other.
//!
//! It reads one moment of the file and changes nothing. What the chain says of the same tasks is not asked here: whoever
//! knows a chain compares it with [`Verified::witnesses`].

use super::open::{self, Check};
use super::schema;
use super::{LedgerError, digests};
use crate::poco::{ResultDigest, TaskId};
use alloy::primitives::Address;
use rusqlite::{Connection, Row};
use std::path::Path;

/// What was found in a ledger.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verified {
    /// The version of its tables.
    pub version: u32,
    /// Each table and the number of its rows.
    pub tables: Vec<(String, u64)>,
    /// What does not agree.
    pub findings: Vec<Finding>,
    /// What the chain must agree with.
    pub witnesses: Vec<Witness>,
}

/// Something that does not agree.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// Which promise is broken, a stable word.
    pub rule: &'static str,
    /// Where and how.
    pub what: String,
}

/// What a ledger says that a wallet did for a task.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Witness {
    /// Whose task.
    pub wallet: Address,
    /// Which.
    pub task: TaskId,
    /// The state it was last in, by name.
    pub state: String,
    /// The digest, once there is one.
    pub digest: Option<ResultDigest>,
}

/// Each promise, with the question that finds what breaks it.
const RULES: [(&str, &str); 7] = [
    (
        "digest-missing",
        "SELECT 'task ' || task || ' of ' || wallet || ' is ' || state || ' without a digest'
         FROM tasks WHERE state IN ('digested', 'contributed', 'revealed', 'delivered')
            AND (wallet, task) NOT IN (SELECT wallet, task FROM digests) ORDER BY 1",
    ),
    (
        "digest-differs",
        "SELECT 'task ' || task || ' of ' || wallet || ' goes on with ' || used || ', its digest is ' || digest
         FROM (SELECT wallet, task, CASE WHEN json_valid(body) THEN json_extract(body, '$.digest') END AS used FROM tasks)
            JOIN digests USING (wallet, task)
         WHERE lower(used) <> lower(digest) ORDER BY 1",
    ),
    (
        "garbled",
        "SELECT 'the state of task ' || task || ' of ' || wallet || ' means nothing' FROM tasks
         WHERE NOT json_valid(body) ORDER BY 1",
    ),
    (
        "history-differs",
        "SELECT 'task ' || t.task || ' of ' || t.wallet || ' is ' || t.state || ', its history ends with '
            || coalesce(h.state, 'nothing')
         FROM tasks t LEFT JOIN transitions h ON h.id =
            (SELECT max(id) FROM transitions WHERE task = t.task AND wallet = t.wallet)
         WHERE h.state IS NOT t.state ORDER BY 1",
    ),
    (
        "history-without-task",
        "SELECT DISTINCT 'task ' || task || ' of ' || wallet || ' has a history and no row' FROM transitions
         WHERE (wallet, task) NOT IN (SELECT wallet, task FROM tasks) ORDER BY 1",
    ),
    (
        "nonce-twice",
        "SELECT 'nonce ' || nonce || ' of ' || wallet || ' is for '
            || group_concat(DISTINCT action || coalesce(' ' || task, ''))
         FROM transactions WHERE state NOT IN ('failed', 'replaced') AND action <> 'cancel'
         GROUP BY wallet, nonce HAVING count(DISTINCT action || coalesce(' ' || task, '')) > 1 ORDER BY 1",
    ),
    (
        "mined-twice",
        "SELECT 'nonce ' || nonce || ' of ' || wallet || ' is mined ' || count(*) || ' times'
         FROM transactions WHERE state = 'mined' GROUP BY wallet, nonce HAVING count(*) > 1 ORDER BY 1",
    ),
];

/// Looks at the ledger at `path`, which may be in use. One that is damaged, or no ledger, is an error; rows that do not agree
/// are findings.
pub fn verify(path: &Path) -> Result<Verified, LedgerError> {
    let mut connection = open::for_reading(path, Check::Whole)?;
    let moment = connection.transaction()?;
    let version = schema::version(&moment, path)?;
    let mut tables = Vec::new();
    for table in schema::tables(version)? {
        let count = moment
            .query_row(&format!("SELECT count(*) FROM {}", table.name), (), |row| row.get::<_, i64>(0))?;
        tables.push((table.name, count as u64));
    }
    let mut findings = Vec::new();
    for (rule, sql) in RULES {
        // A ledger of an older version has no rows where it has no table.
        let missing = |table: &str| sql.contains(table) && tables.iter().all(|(name, _)| name != table);
        if !missing("transactions") {
            for what in all(&moment, sql, |row| Ok(row.get(0)?))? {
                findings.push(Finding { rule, what });
            }
        }
    }
    let witnesses = witnesses(&moment, &mut findings)?;
    Ok(Verified { version, tables, findings, witnesses })
}

/// What is written of each task; what cannot be read is a finding.
fn witnesses(connection: &Connection, findings: &mut Vec<Finding>) -> Result<Vec<Witness>, LedgerError> {
    let sql = "SELECT wallet, task, state, digest FROM tasks LEFT JOIN digests USING (wallet, task) ORDER BY wallet, task";
    let read = |row: &Row<'_>| {
        let (wallet, task, digest): (String, String, Option<String>) =
            (row.get(0)?, row.get(1)?, row.get(3)?);
        let state = row.get(2)?;
        let read = |wallet: String, task: String| {
            Ok(Witness {
                wallet: wallet.parse().map_err(|_| LedgerError::Garbled(wallet))?,
                task: task.parse().map_err(|_| LedgerError::Garbled(task))?,
                state,
                digest: digest.map(digests::parse).transpose()?,
            })
        };
        Ok::<Result<Witness, LedgerError>, LedgerError>(read(wallet, task))
    };
    let mut witnesses = Vec::new();
    for each in all(connection, sql, read)? {
        match each {
            Ok(witness) => witnesses.push(witness),
            Err(error) => findings.push(Finding { rule: "garbled", what: error.to_string() }),
        }
    }
    Ok(witnesses)
}

fn all<T>(
    connection: &Connection,
    sql: &str,
    read: impl Fn(&Row<'_>) -> Result<T, LedgerError>,
) -> Result<Vec<T>, LedgerError> {
    let mut found = connection.prepare(sql)?;
    let mut rows = found.query(())?;
    let mut answers = Vec::new();
    while let Some(row) = rows.next()? {
        answers.push(read(row)?);
    }
    Ok(answers)
}

//! A ledger as text, and back: one JSON object a line, so that it can be kept, compared, searched, and put into a new file.
//!
//! ```text
//! {"format":"poco-ledger","version":1,"schema":3}     what this is, and the version of the tables
//! {"table":"cursors","row":{"name":"…","block":7}}    each row of each table, in the order of names and keys
//! {"rows":1}                                          the end: a text without it was cut
//! ```
//!
//! All rows are of one moment, even while a worker writes. The same rows give the same bytes. There are no keys in a ledger,
//! but digests that are not revealed yet: a text is as secret as its ledger.

use super::open::{self, Check};
use super::schema::{self, Table};
use super::{LedgerError, LedgerText};
use rusqlite::types::{Value as SqlValue, ValueRef};
use rusqlite::{Connection, Row, params_from_iter};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use std::io::{BufRead, Write};
use std::path::Path;

const FORMAT: &str = "poco-ledger";
const VERSION: u32 = 1;

/// The first line.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Head {
    format: String,
    version: u32,
    schema: u32,
}

/// Every line after it.
#[derive(Serialize, Deserialize)]
#[serde(untagged, deny_unknown_fields, expecting = "neither a row nor the end")]
enum Line {
    Row { table: String, row: Map<String, Value> },
    End { rows: u64 },
}

/// Writes the ledger at `path` to `out` and gives the number of rows. The ledger may be in use.
pub fn export(path: &Path, out: &mut impl Write) -> Result<u64, LedgerError> {
    let mut connection = open::for_reading(path, Check::Quick)?;
    let moment = connection.transaction()?;
    let schema = schema::version(&moment, path)?;
    write(out, &Head { format: FORMAT.into(), version: VERSION, schema })?;
    let mut count = 0;
    for table in schema::tables(schema)? {
        let (columns, key) = (table.columns.join(", "), table.key.join(", "));
        let mut found = moment.prepare(&format!("SELECT {columns} FROM {} ORDER BY {key}", table.name))?;
        let mut rows = found.query(())?;
        while let Some(row) = rows.next()? {
            write(out, &Line::Row { row: values(&table, row)?, table: table.name.clone() })?;
            count += 1;
        }
    }
    write(out, &Line::End { rows: count })?;
    out.flush().map_err(|error| LedgerError::Text(LedgerText::Write(error)))?;
    Ok(count)
}

/// Makes a new ledger at `path` of a text that [`export`] wrote, and gives the number of rows; all of it, or nothing is
/// there. A ledger of an older version becomes one of today's.
pub fn import(path: &Path, text: impl BufRead) -> Result<u64, LedgerError> {
    let mut count = 0;
    let made = open::create(path, |connection| {
        count = fill(connection, path, text)?;
        Ok(())
    })?;
    if made { Ok(count) } else { Err(LedgerError::Exists { path: path.into() }) }
}

fn fill(connection: &mut Connection, path: &Path, text: impl BufRead) -> Result<u64, LedgerError> {
    let mut lines = (1..).zip(text.lines());
    let wrong = |line: u64, reason: String| LedgerError::Text(LedgerText::Wrong { line, reason });
    let first = lines.next().map(|(_, line)| line).transpose();
    let first = first.map_err(|error| wrong(1, error.to_string()))?;
    let head: Head = serde_json::from_str(&first.unwrap_or_default())
        .map_err(|_| wrong(1, "it does not begin as an export does".into()))?;
    if head.format != FORMAT || head.version != VERSION {
        return Err(wrong(1, format!("it is `{}` of version {}", head.format, head.version)));
    }
    let schema = schema::known(path, head.schema)?;
    schema::migrate_to(connection, path, schema)?;
    let tables = schema::tables(schema)?;
    let all = connection.transaction()?;
    let mut count = 0;
    let mut ended = false;
    for (number, line) in lines {
        let wrong = |reason: String| wrong(number, reason);
        let line = line.map_err(|error| wrong(error.to_string()))?;
        match serde_json::from_str(&line).map_err(|error| wrong(error.to_string()))? {
            _ if ended => return Err(wrong("something comes after the end".into())),
            Line::End { rows } if rows == count => ended = true,
            Line::End { rows } => return Err(wrong(format!("{count} rows came, {rows} were written"))),
            Line::Row { table, row } => {
                let known = tables.iter().find(|known| known.name == table);
                let known = known.ok_or_else(|| wrong(format!("there is no table `{table}`")))?;
                insert(&all, known, row).map_err(wrong)?;
                count += 1;
            }
        }
    }
    if !ended {
        return Err(wrong(count + 2, "the end is missing: the text was cut".into()));
    }
    all.commit()?;
    Ok(count)
}

fn insert(connection: &Connection, table: &Table, mut row: Map<String, Value>) -> Result<(), String> {
    let mut values = Vec::new();
    for column in &table.columns {
        values.push(match row.shift_remove(column) {
            Some(Value::Null) => SqlValue::Null,
            Some(Value::String(text)) => SqlValue::Text(text),
            Some(Value::Number(number)) if number.is_i64() => {
                SqlValue::Integer(number.as_i64().unwrap_or_default())
            }
            Some(_) => return Err(format!("`{column}` is neither text nor a whole number")),
            None => return Err(format!("`{column}` is missing")),
        });
    }
    if let Some(column) = row.keys().next() {
        return Err(format!("`{}` has no column `{column}`", table.name));
    }
    let places = vec!["?"; values.len()].join(", ");
    let sql = format!("INSERT INTO {} ({}) VALUES ({places})", table.name, table.columns.join(", "));
    let inserted =
        connection.prepare_cached(&sql).and_then(|mut insert| insert.execute(params_from_iter(values)));
    // A row that comes twice, or is not of the table's types, is refused here by the table itself.
    inserted.map(drop).map_err(|error| error.to_string())
}

fn values(table: &Table, row: &Row<'_>) -> Result<Map<String, Value>, LedgerError> {
    let mut values = Map::new();
    for (index, column) in table.columns.iter().enumerate() {
        let value = match row.get_ref(index)? {
            ValueRef::Null => Value::Null,
            ValueRef::Integer(number) => number.into(),
            ValueRef::Text(text) => String::from_utf8_lossy(text).into(),
            ValueRef::Real(_) | ValueRef::Blob(_) => {
                return Err(LedgerError::Garbled(format!("{}.{column}", table.name)));
            }
        };
        values.insert(column.clone(), value);
    }
    Ok(values)
}

fn write(out: &mut impl Write, line: &impl Serialize) -> Result<(), LedgerError> {
    let mut text = serde_json::to_vec(line).map_err(std::io::Error::other).map_err(LedgerText::Write)?;
    text.push(b'\n');
    Ok(out.write_all(&text).map_err(LedgerText::Write)?)
}

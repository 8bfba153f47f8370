//! The API of a Ready platform, as its users call it.

use anyhow::{Context as _, Result, ensure};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::support::platform::BRING_UP;
use crate::support::poll::{eventually, seconds};
use crate::support::story::Story;
use crate::support::todo::User;

const STANDUP: &str = "Weekly standup";

#[tokio::test]
#[ignore = "needs a cluster: hack/test.sh starts one"]
async fn a_user_keeps_tasks_through_the_service() -> Result<()> {
    Story::run("uses", async |story| {
        story.create_platform(json!({ "profile": "local" })).await?;
        story.ready(BRING_UP).await?;
        let user = story.sign_up("uses@example.com").await?;
        let task = creates_once(&user).await?;
        story.note("created, once for two requests");
        finds(&user, &task).await?;
        story.note("found by filters, search and pages");
        patches(&user, &task).await?;
        story.note("changed, and refused on a stale tag");
        completes_and_reopens(&user, &task).await?;
        story.note("completed with a successor, reopened without");
        deletes_and_restores(&user, &task).await?;
        let travelled = is_audited(&user, &task).await?;
        story.note(&format!("deleted, restored; {travelled} audit rows in order"));
        Ok(())
    })
    .await
}

fn standup() -> Value {
    json!({
        "title": STANDUP, "description": "In the small room", "priority": "High", "tags": ["Work", "meetings"],
        "due": { "local": "2031-03-10T09:00", "zone": "Europe/Berlin" },
        "recurrence": { "rule": "weekly" }, "reminders": [{ "minutes_before": 30 }, {}]
    })
}

fn path(task: &Value) -> Result<String> {
    let id = task["id"].as_str().with_context(|| format!("no id in {task}"))?;
    Ok(format!("/v1/tasks/{id}"))
}

/// Fields of a task have these values.
fn has(task: &Value, expected: &Value) -> Result<()> {
    for (field, value) in expected.as_object().into_iter().flatten() {
        ensure!(task[field] == *value, "{field} is {}, not {value}: {task}", task[field]);
    }
    Ok(())
}

/// The same request twice makes one task; the key does not serve another one.
async fn creates_once(user: &User) -> Result<Value> {
    let key = [("idempotency-key", "e2e-standup")];
    let create = async |body: &Value| user.call(Method::POST, "/v1/tasks", &key, body).await;
    let first = create(&standup()).await?.expect(StatusCode::CREATED)?;
    let task = first.body.clone();
    has(
        &task,
        &json!({
            "title": STANDUP, "priority": "P2", "tags": ["meetings", "work"], "completed": false, "version": 1,
            "due": { "local": "2031-03-10T09:00:00", "zone": "Europe/Berlin" }, "due_at": "2031-03-10T08:00:00Z",
            "reminders": [
                { "minutes_before": 30, "fire_at": "2031-03-10T07:30:00Z" },
                { "minutes_before": 60, "fire_at": "2031-03-10T07:00:00Z" }
            ],
            "is_overdue": false, "predecessor_id": null, "deleted_at": null
        }),
    )?;
    has(
        &task["recurrence"],
        &json!({ "rule": "weekly", "zone": "Europe/Berlin", "anchor": "due", "depth": 0 }),
    )?;
    ensure!(first.header("etag") == Some("\"1\""), "the tag is {:?}", first.header("etag"));
    ensure!(
        first.header("location") == Some(&path(&task)?),
        "the location is {:?}",
        first.header("location")
    );
    let again = create(&standup()).await?.expect(StatusCode::CREATED)?;
    ensure!(again.body["id"] == task["id"], "another task was made: {}", again.body);
    ensure!(again.header("idempotent-replayed") == Some("true"), "the repetition is not marked");
    create(&json!({ "title": "Another" }))
        .await?
        .expect_problem(StatusCode::UNPROCESSABLE_ENTITY, "idempotency_key_reused")?;
    ensure!(user.tasks("limit=100").await?.len() == 1, "there is more than one task");
    Ok(task)
}

async fn finds(user: &User, standup: &Value) -> Result<()> {
    for body in [
        json!({ "title": "Buy milk", "priority": "P1", "tags": ["home"] }),
        json!({ "title": "Pay the old bill", "due": { "date": "2020-02-29", "zone": "Asia/Karachi" } }),
    ] {
        user.call(Method::POST, "/v1/tasks", &[], &body).await?.expect(StatusCode::CREATED)?;
    }
    for (parameters, expected) in [
        ("tag=work", vec![STANDUP]),
        ("priority=P1", vec!["Buy milk"]),
        ("is_overdue=true", vec!["Pay the old bill"]),
        ("has_reminder=true", vec![STANDUP]),
        ("due_after=2031-01-01T00:00:00Z&due_before=2032-01-01T00:00:00Z", vec![STANDUP]),
        ("completed=true", vec![]),
        ("search=stand", vec![STANDUP]),
        ("search=small%20room", vec![STANDUP]),
        ("sort=due&order=asc", vec!["Pay the old bill", STANDUP, "Buy milk"]),
        ("sort=title&order=desc", vec![STANDUP, "Pay the old bill", "Buy milk"]),
    ] {
        let found = user.tasks(parameters).await?;
        let titles: Vec<_> = found.iter().filter_map(|task| task["title"].as_str()).collect();
        ensure!(titles == expected, "{parameters} finds {titles:?}, not {expected:?}");
    }
    pages(user).await?;
    let found = user.get(&path(standup)?).await?;
    has(&found, &json!({ "title": STANDUP, "version": 1 }))
}

/// Pages of one task lead through all of them, each once.
async fn pages(user: &User) -> Result<()> {
    let (mut titles, mut cursor) = (Vec::new(), String::new());
    for _ in 0..3 {
        let page = user.get(&format!("/v1/tasks?limit=1&sort=title&order=asc{cursor}")).await?;
        titles.extend(page["items"][0]["title"].as_str().map(str::to_owned));
        cursor = page["next_cursor"].as_str().map(|next| format!("&cursor={next}")).unwrap_or_default();
    }
    ensure!(titles == ["Buy milk", "Pay the old bill", STANDUP], "the pages are {titles:?}");
    ensure!(cursor.is_empty(), "there is a fourth page");
    Ok(())
}

async fn patches(user: &User, task: &Value) -> Result<()> {
    let (path, stale) = (path(task)?, [("if-match", "\"1\"")]);
    let change = json!({ "title": "Weekly sync", "description": null, "priority": "P1" });
    let changed = user.call(Method::PATCH, &path, &stale, &change).await?.expect(StatusCode::OK)?;
    ensure!(changed.header("etag") == Some("\"2\""), "the tag is {:?}", changed.header("etag"));
    has(
        &changed.body,
        &json!({
            "title": "Weekly sync", "description": null, "priority": "P1", "tags": ["meetings", "work"], "version": 2
        }),
    )?;
    let refused = user.call(Method::PATCH, &path, &stale, &json!({ "title": "Lost update" })).await?;
    let refused = refused.expect_problem(StatusCode::PRECONDITION_FAILED, "precondition_failed")?;
    ensure!(refused.body["field"] == "if-match", "the problem is {}", refused.body);
    let invalid = user.call(Method::PATCH, &path, &[], &json!({ "title": null })).await?;
    let invalid = invalid.expect_problem(StatusCode::BAD_REQUEST, "invalid_input")?;
    ensure!(invalid.body["field"] == "title", "the problem is {}", invalid.body);
    has(&user.get(&path).await?, &json!({ "title": "Weekly sync", "version": 2 }))
}

async fn completes_and_reopens(user: &User, task: &Value) -> Result<()> {
    let path = path(task)?;
    let post = async |what: &str| -> Result<Value> {
        let answer = user.call(Method::POST, &format!("{path}/{what}"), &[], &Value::Null).await?;
        Ok(answer.expect(StatusCode::OK)?.body)
    };
    has(&post("complete").await?, &json!({ "completed": true, "version": 3 }))?;
    let successor = eventually("the successor exists", seconds(10), async || {
        let open = user.tasks("completed=false&limit=100").await?;
        let found = open.iter().find(|one| one["predecessor_id"] == task["id"]).cloned();
        found.with_context(|| format!("the open tasks are {open:?}"))
    })
    .await?;
    has(
        &successor,
        &json!({
            "title": "Weekly sync", "priority": "P1", "tags": ["meetings", "work"], "version": 1,
            "due": { "local": "2031-03-17T09:00:00", "zone": "Europe/Berlin" }
        }),
    )?;
    let series = &task["recurrence"]["series_id"];
    has(
        &successor["recurrence"],
        &json!({ "depth": 1, "series_id": series, "occurrence": "2031-03-17T09:00:00" }),
    )?;
    let reminders = successor["reminders"].as_array().map(Vec::len);
    ensure!(reminders == Some(2), "the reminders are {}", successor["reminders"]);
    has(&post("reopen").await?, &json!({ "completed": false, "completed_at": null, "version": 4 }))?;
    let gone = self::path(&successor)?;
    eventually("the untouched successor is gone", seconds(10), async || {
        let answer = user.call(Method::GET, &gone, &[], &Value::Null).await?;
        answer.expect_problem(StatusCode::NOT_FOUND, "not_found").map(drop)
    })
    .await
}

async fn deletes_and_restores(user: &User, task: &Value) -> Result<()> {
    let path = path(task)?;
    let tag = [("if-match", "\"4\"")];
    user.call(Method::DELETE, &path, &tag, &Value::Null).await?.expect(StatusCode::NO_CONTENT)?;
    let absent = user.call(Method::GET, &path, &[], &Value::Null).await?;
    absent.expect_problem(StatusCode::NOT_FOUND, "not_found")?;
    let restored = user.call(Method::POST, &format!("{path}/restore"), &[], &Value::Null).await?;
    let restored = restored.expect(StatusCode::OK)?.body;
    has(&restored, &json!({ "title": "Weekly sync", "deleted_at": null, "completed": false }))?;
    has(&user.get(&path).await?, &json!({ "title": "Weekly sync" }))
}

/// Every change of the task has its row, in order, by way of Kafka; returns their number.
async fn is_audited(user: &User, task: &Value) -> Result<usize> {
    let expected = ["created", "updated", "completed", "reopened", "deleted", "updated"];
    let expected = expected.map(|what| format!("todo.task.{what}.v1"));
    eventually("every change has its audit row", seconds(30), async || {
        let log = user.get("/v1/audit?limit=100").await?;
        let newest_first = log["items"].as_array().with_context(|| format!("no items in {log}"))?;
        let own = newest_first.iter().rev().filter(|row| row["task_id"] == task["id"]);
        let kinds: Vec<_> = own.filter_map(|row| row["type"].as_str()).collect();
        ensure!(kinds == expected, "the rows are {kinds:?}");
        Ok(kinds.len())
    })
    .await
}

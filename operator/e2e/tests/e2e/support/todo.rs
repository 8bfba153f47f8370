//! The platform's API, as a user calls it: through the cluster address of its Service.

use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, ensure};
use k8s_openapi::api::core::v1::Service;
use reqwest::{Method, RequestBuilder, StatusCode};
use serde_json::{Value, json};

use super::poll::{eventually, seconds};
use super::story::Story;

const PASSWORD: &str = "correct horse battery";

/// A signed-in user.
pub struct User {
    http: reqwest::Client,
    base: String,
    token: String,
}

impl Story {
    /// `http://<cluster address>:<port>` of the API's Service.
    pub async fn base_url(&self) -> Result<String> {
        let spec = self.api::<Service>().get("todo-api").await?.spec.context("the Service has no spec")?;
        let port =
            spec.ports.as_ref().and_then(|ports| ports.first()).context("the Service has no port")?.port;
        Ok(format!("http://{}:{port}", spec.cluster_ip.context("the Service has no address")?))
    }

    /// Signs a new user up.
    pub async fn sign_up(&self, email: &str) -> Result<User> {
        self.enter("sign-up", json!({ "email": email, "password": PASSWORD, "name": "E2E" })).await
    }

    /// Signs an existing user in.
    pub async fn sign_in(&self, email: &str) -> Result<User> {
        self.enter("sign-in", json!({ "email": email, "password": PASSWORD })).await
    }

    async fn enter(&self, how: &str, body: Value) -> Result<User> {
        let http = reqwest::Client::builder().timeout(seconds(10)).build()?;
        let base = self.base_url().await?;
        let answer = send(http.post(format!("{base}/v1/auth/{how}")).json(&body)).await?;
        let token = answer["access_token"]
            .as_str()
            .with_context(|| format!("no access_token in {answer}"))?
            .to_owned();
        Ok(User { http, base, token })
    }
}

impl User {
    /// Creates a task and returns it.
    pub async fn create_task(&self, title: &str) -> Result<Value> {
        send(self.request(Method::POST, "/v1/tasks").json(&json!({ "title": title }))).await
    }

    /// The titles of the first page of tasks.
    pub async fn titles(&self) -> Result<Vec<String>> {
        let page = send(self.request(Method::GET, "/v1/tasks")).await?;
        let items = page["items"].as_array().with_context(|| format!("no items in {page}"))?;
        Ok(items.iter().filter_map(|task| Some(task["title"].as_str()?.to_owned())).collect())
    }

    /// Awaits the audit row of a task, which arrives by way of Kafka; returns how long it took.
    pub async fn audit_row(&self, task: &Value) -> Result<Duration> {
        let start = Instant::now();
        let id = task["id"].as_str().with_context(|| format!("no id in {task}"))?;
        eventually("the task's audit row has arrived", seconds(30), async || {
            let page = send(self.request(Method::GET, "/v1/audit")).await?;
            ensure!(page.to_string().contains(id), "the audit log is {page}");
            Ok(start.elapsed())
        })
        .await
    }

    fn request(&self, method: Method, path: &str) -> RequestBuilder {
        self.http.request(method, format!("{}{path}", self.base)).bearer_auth(&self.token)
    }
}

/// Sends a request; anything but 200 and 201 is an error that quotes the answer.
async fn send(request: RequestBuilder) -> Result<Value> {
    let response = request.send().await?;
    let (status, path) = (response.status(), response.url().path().to_owned());
    let text = response.text().await?;
    ensure!(matches!(status, StatusCode::OK | StatusCode::CREATED), "{path} answered {status}: {text}");
    Ok(serde_json::from_str(&text)?)
}

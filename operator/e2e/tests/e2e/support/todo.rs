//! The platform's API, as a user calls it: through the cluster address of its Service.

use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, ensure};
use k8s_openapi::api::core::v1::Service;
use reqwest::header::HeaderMap;
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
        User::enter(self.base_url().await?, how, body).await
    }
}

/// An answer of the API.
pub struct Answer {
    /// Method and path of the request, for messages.
    request: String,
    /// Status code.
    pub status: StatusCode,
    headers: HeaderMap,
    /// The body; null when it is empty.
    pub body: Value,
}

impl Answer {
    /// The answer, if it has this status.
    pub fn expect(self, status: StatusCode) -> Result<Self> {
        ensure!(
            self.status == status,
            "{} answered {}, not {status}: {}",
            self.request,
            self.status,
            self.body
        );
        Ok(self)
    }

    /// A problem with this status and code.
    pub fn expect_problem(self, status: StatusCode, code: &str) -> Result<Self> {
        let kind = self.header("content-type").unwrap_or_default();
        ensure!(kind == "application/problem+json", "{} answered with {kind}: {}", self.request, self.body);
        ensure!(self.body["code"] == code, "the code is not {code}: {}", self.body);
        self.expect(status)
    }

    /// A header's value.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }
}

impl User {
    /// Signs a user up or in at `http://host:port`.
    pub async fn enter(base: String, how: &str, body: Value) -> Result<Self> {
        let nobody = Self::with_token(base, String::new())?;
        let answer = send(nobody.http.post(format!("{}/v1/auth/{how}", nobody.base)).json(&body)).await?;
        let token = answer["access_token"].as_str();
        let token = token.with_context(|| format!("no access_token in {answer}"))?.to_owned();
        Ok(Self { token, ..nobody })
    }

    /// A user whom a token names, at `http://host:port`.
    pub fn with_token(base: String, token: String) -> Result<Self> {
        Ok(Self { http: reqwest::Client::builder().timeout(seconds(10)).build()?, base, token })
    }

    /// Sends a request with headers and, unless it is null, a body; any answer is one.
    pub async fn call(
        &self,
        method: Method,
        path: &str,
        headers: &[(&str, &str)],
        body: &Value,
    ) -> Result<Answer> {
        let what = format!("{method} {path}");
        let mut request = self.request(method, path);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        if !body.is_null() {
            request = request.json(body);
        }
        let response = request.send().await?;
        let (status, headers) = (response.status(), response.headers().clone());
        let text = response.text().await?;
        let body = if text.is_empty() {
            Value::Null
        } else {
            serde_json::from_str(&text).with_context(|| format!("{what} answered {text}"))?
        };
        Ok(Answer { request: what, status, headers, body })
    }

    /// Gets something that is there.
    pub async fn get(&self, path: &str) -> Result<Value> {
        Ok(self.call(Method::GET, path, &[], &Value::Null).await?.expect(StatusCode::OK)?.body)
    }

    /// The items of a page of tasks with these parameters.
    pub async fn tasks(&self, parameters: &str) -> Result<Vec<Value>> {
        let page = self.get(&format!("/v1/tasks?{parameters}")).await?;
        page["items"].as_array().cloned().with_context(|| format!("no items in {page}"))
    }

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

//! A user of the API.

use reqwest::header::AUTHORIZATION;
use reqwest::{Method, Response};
use serde_json::{Value, json};
use uuid::Uuid;

use super::Process;

#[derive(Clone)]
pub(crate) struct Client {
    http: reqwest::Client,
    base: String,
    pub(crate) token: String,
    pub(crate) user_id: Uuid,
}

impl Client {
    /// Signs a new user up.
    pub(crate) async fn sign_up(api: &Process) -> Self {
        let http = reqwest::Client::new();
        let body = json!({"email": format!("{}@example.com", Uuid::now_v7()), "password": "correct horse"});
        let url = format!("{}/v1/auth/sign-up", api.base);
        let response = http.post(url).json(&body).send().await.expect("an answer");
        assert_eq!(response.status(), 201);
        let session: Value = response.json().await.expect("json");
        let token = session["access_token"].as_str().expect("a token").to_owned();
        let user_id = session["user"]["id"].as_str().expect("an id").parse().expect("a UUID");
        Self { http, base: api.base.clone(), token, user_id }
    }

    /// One with a token that somebody else gave; `user_id` says nothing then.
    pub(crate) fn with_token(api: &Process, token: &str) -> Self {
        let (http, base) = (reqwest::Client::new(), api.base.clone());
        Self { http, base, token: token.to_owned(), user_id: Uuid::nil() }
    }

    /// The same user at another replica.
    pub(crate) fn at(&self, api: &Process) -> Self {
        Self { base: api.base.clone(), ..self.clone() }
    }

    pub(crate) async fn send(&self, method: Method, path: &str, body: Option<Value>) -> Response {
        let mut request = self
            .http
            .request(method, format!("{}{path}", self.base))
            .header(AUTHORIZATION, format!("Bearer {}", self.token));
        if let Some(body) = body {
            request = request.json(&body);
        }
        request.send().await.expect("an answer")
    }

    /// The same with headers.
    pub(crate) async fn send_with(
        &self,
        method: Method,
        path: &str,
        headers: &[(&str, &str)],
        body: Option<Value>,
    ) -> Response {
        let url = format!("{}{path}", self.base);
        let mut request =
            self.http.request(method, url).header(AUTHORIZATION, format!("Bearer {}", self.token));
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        if let Some(body) = body {
            request = request.json(&body);
        }
        request.send().await.expect("an answer")
    }

    pub(crate) async fn get(&self, path: &str) -> Response {
        self.send(Method::GET, path, None).await
    }

    /// A GET that succeeds.
    pub(crate) async fn read(&self, path: &str) -> Value {
        let response = self.get(path).await;
        assert_eq!(response.status(), 200, "{path}");
        response.json().await.expect("json")
    }

    /// Makes a task and returns it.
    pub(crate) async fn create(&self, title: &str) -> Value {
        let response = self.send(Method::POST, "/v1/tasks", Some(json!({"title": title}))).await;
        assert_eq!(response.status(), 201);
        response.json().await.expect("json")
    }

    /// Makes a task of these fields and returns it.
    pub(crate) async fn make(&self, body: Value) -> Value {
        let response = self.send(Method::POST, "/v1/tasks", Some(body)).await;
        assert_eq!(response.status(), 201);
        response.json().await.expect("json")
    }

    /// Changes fields of a task and returns it.
    pub(crate) async fn patch(&self, id: &str, body: Value) -> Value {
        let response = self.send(Method::PATCH, &format!("/v1/tasks/{id}"), Some(body)).await;
        assert_eq!(response.status(), 200);
        response.json().await.expect("json")
    }

    /// Sends a verb such as `reopen` to a task.
    pub(crate) async fn act(&self, id: &str, verb: &str) -> Response {
        self.send(Method::POST, &format!("/v1/tasks/{id}/{verb}"), None).await
    }

    pub(crate) async fn complete(&self, id: &str) -> Response {
        self.send(Method::POST, &format!("/v1/tasks/{id}/complete"), None).await
    }

    /// The entries of the audit log, newest first.
    pub(crate) async fn audit(&self) -> Vec<Value> {
        self.read("/v1/audit?limit=100").await["items"].as_array().expect("items").clone()
    }
}

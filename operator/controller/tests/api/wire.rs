//! The wire between client and API server: it numbers writes and may be cut before or after one of them.

use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll};

use http::{Method, Request, Response, StatusCode};
use kube::client::Body;
use tokio::sync::Notify;
use tower::{Layer, Service};

/// Where a write is lost.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cut {
    /// The request never arrives.
    Before(usize),
    /// The request arrives, its answer does not.
    After(usize),
}

/// A write request and the status of its answer.
#[derive(Clone, Debug)]
#[expect(
    dead_code,
    reason = "the path is there to be read by a person, in the message of a failed assertion"
)]
pub struct Write {
    method: Method,
    path: String,
    status: Option<StatusCode>,
}

/// What went over the wire.
#[derive(Debug, Default)]
pub struct Wire {
    writes: Mutex<Vec<Write>>,
    refusals: Mutex<Vec<String>>,
    cut: Mutex<Option<Cut>>,
    pub broken: Notify,
}

impl Wire {
    pub fn cut(&self, cut: Cut) {
        *self.cut.lock().expect("no panic while locked") = Some(cut);
    }

    pub fn writes(&self) -> Vec<Write> {
        self.writes.lock().expect("no panic while locked").clone()
    }

    /// Number of objects that came into being; server-side apply creates as well.
    pub fn created(&self) -> usize {
        self.writes().iter().filter(|write| write.status == Some(StatusCode::CREATED)).count()
    }

    /// Requests that were not permitted, reads among them.
    pub fn refusals(&self) -> Vec<String> {
        self.refusals.lock().expect("no panic while locked").clone()
    }

    /// Number of deletions.
    pub fn deleted(&self) -> usize {
        self.writes().iter().filter(|write| write.method == Method::DELETE).count()
    }

    /// Notes a write and returns its number, from 1.
    fn note(&self, method: &Method, path: &str) -> usize {
        let mut writes = self.writes.lock().expect("no panic while locked");
        writes.push(Write { method: method.clone(), path: path.to_owned(), status: None });
        writes.len()
    }

    fn answered(&self, number: usize, status: StatusCode) {
        self.writes.lock().expect("no panic while locked")[number - 1].status = Some(status);
    }

    fn noted_refusal<B>(&self, answer: Response<B>, method: &Method, path: &str) -> Response<B> {
        if answer.status() == StatusCode::FORBIDDEN {
            self.refusals.lock().expect("no panic while locked").push(format!("{method} {path}"));
        }
        answer
    }

    fn is_cut(&self, cut: Cut) -> bool {
        *self.cut.lock().expect("no panic while locked") == Some(cut)
    }

    async fn lose(&self) {
        self.broken.notify_one();
        std::future::pending::<()>().await;
    }
}

/// Puts a [`Wire`] between a client and its server.
#[derive(Clone)]
pub struct Tap(pub Arc<Wire>);

impl<S> Layer<S> for Tap {
    type Service = Tapped<S>;

    fn layer(&self, inner: S) -> Tapped<S> {
        Tapped { inner, wire: Arc::clone(&self.0) }
    }
}

pub struct Tapped<S> {
    inner: S,
    wire: Arc<Wire>,
}

impl<S, B> Service<Request<Body>> for Tapped<S>
where
    S: Service<Request<Body>, Response = Response<B>>,
    S::Future: Send + 'static,
    B: Send + 'static,
{
    type Response = S::Response;
    type Error = S::Error;
    type Future = Pin<Box<dyn Future<Output = Result<S::Response, S::Error>> + Send>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(context)
    }

    fn call(&mut self, request: Request<Body>) -> Self::Future {
        let (method, path) = (request.method().clone(), request.uri().path().to_owned());
        let wire = Arc::clone(&self.wire);
        if method == Method::GET || path.contains("/events") {
            let answer = self.inner.call(request);
            return Box::pin(async move { Ok(wire.noted_refusal(answer.await?, &method, &path)) });
        }
        let number = wire.note(&method, &path);
        if wire.is_cut(Cut::Before(number)) {
            return Box::pin(async move {
                wire.lose().await;
                unreachable!("a lost request has no answer")
            });
        }
        let answer = self.inner.call(request);
        Box::pin(async move {
            let answer = answer.await?;
            wire.answered(number, answer.status());
            let answer = wire.noted_refusal(answer, &method, &path);
            if wire.is_cut(Cut::After(number)) {
                wire.lose().await;
            }
            Ok(answer)
        })
    }
}

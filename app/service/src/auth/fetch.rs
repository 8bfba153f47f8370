//! Gets key sets over HTTP.

use std::time::Duration;

use async_trait::async_trait;
use reqwest::redirect::Policy;
use reqwest::{Client, StatusCode};
use url::Url;

/// Longest key set, in bytes.
const BODY_MAX_BYTES: usize = 64 * 1024;
/// Longest wait for a key set, connection and body included.
const TIMEOUT: Duration = Duration::from_secs(5);

/// The HTTP client could not be made: the system's certificate authorities cannot be read.
#[derive(Debug, thiserror::Error)]
#[error("failed to make an HTTP client for \"{url}\": {reason}")]
pub struct ClientError {
    url: Url,
    #[source]
    reason: reqwest::Error,
}

/// Why a key set did not arrive.
#[derive(Debug, thiserror::Error)]
pub(super) enum FetchError {
    #[error("{}", innermost(.0))]
    Request(reqwest::Error),
    #[error("the answer has status {0}; redirects are not followed")]
    Status(StatusCode),
    #[error("the answer has more than {BODY_MAX_BYTES} bytes")]
    TooLong,
}

/// Where key sets come from.
#[async_trait]
pub(super) trait KeySource: Send + Sync {
    /// The bytes of the present set.
    async fn fetch(&self) -> Result<Vec<u8>, FetchError>;
}

/// A URL.
pub(super) struct HttpSource {
    client: Client,
    url: Url,
}

impl HttpSource {
    pub(super) fn new(url: Url) -> Result<Self, ClientError> {
        let mut builder = Client::builder().redirect(Policy::none()).timeout(TIMEOUT);
        if url.scheme() == "http" {
            // What is not encrypted stays within the machine or the cluster.
            builder = builder.no_proxy();
        }
        let client = builder.build();
        match client {
            Ok(client) => Ok(Self { client, url }),
            Err(reason) => Err(ClientError { url, reason }),
        }
    }
}

#[async_trait]
impl KeySource for HttpSource {
    async fn fetch(&self) -> Result<Vec<u8>, FetchError> {
        let request = self.client.get(self.url.clone()).header("accept", "application/json");
        let mut response = request.send().await.map_err(FetchError::Request)?;
        if response.status() != StatusCode::OK {
            return Err(FetchError::Status(response.status()));
        }
        let mut body = Vec::new();
        while let Some(chunk) = response.chunk().await.map_err(FetchError::Request)? {
            if body.len() + chunk.len() > BODY_MAX_BYTES {
                return Err(FetchError::TooLong);
            }
            body.extend_from_slice(&chunk);
        }
        Ok(body)
    }
}

/// The message of the innermost cause: those around it say only that a request failed.
fn innermost(error: &reqwest::Error) -> String {
    let mut cause: &dyn std::error::Error = error;
    while let Some(source) = cause.source() {
        cause = source;
    }
    cause.to_string()
}

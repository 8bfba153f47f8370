//! The listener, and the end of it.

use std::net::SocketAddr;
use std::time::Duration;

use axum::Router;
use axum::serve::ListenerExt;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;
use tracing::warn;

/// Longest time that requests at work get after the stop signal (Kubernetes kills after 30 s).
const DRAIN_TIMEOUT: Duration = Duration::from_secs(20);

/// Why the listener could not work.
#[derive(Debug, thiserror::Error)]
pub enum ServeError {
    /// The address is taken or not allowed.
    #[error("failed to listen on \"{address}\": {reason}")]
    Bind {
        /// The wanted address.
        address: SocketAddr,
        /// The system's message.
        reason: std::io::Error,
    },
    /// The listener broke.
    #[error("failed to serve HTTP: {0}")]
    Serve(#[source] std::io::Error),
}

/// Opens the listener.
pub async fn bind(address: SocketAddr) -> Result<TcpListener, ServeError> {
    TcpListener::bind(address).await.map_err(|reason| ServeError::Bind { address, reason })
}

/// Serves until `stop`, then finishes the requests at work.
pub async fn serve(listener: TcpListener, routes: Router, stop: CancellationToken) -> Result<(), ServeError> {
    let listener = listener.tap_io(|stream| {
        if let Err(error) = stream.set_nodelay(true) {
            warn!(%error, "TCP_NODELAY was not set");
        }
    });
    let served = axum::serve(listener, routes.into_make_service_with_connect_info::<SocketAddr>())
        .with_graceful_shutdown(stop.clone().cancelled_owned());
    let overdue = async {
        stop.cancelled().await;
        tokio::time::sleep(DRAIN_TIMEOUT).await;
    };
    tokio::select! {
        served = served.into_future() => served.map_err(ServeError::Serve),
        () = overdue => {
            warn!("requests were cut off: they took too long to finish");
            Ok(())
        }
    }
}

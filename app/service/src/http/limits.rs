//! Rate limits: a token bucket for each user, and a smaller one for each client address at sign-up and sign-in, where
//! a password is hashed.
//!
//! The buckets are in the memory of the process: behind several processes a client has one in each. Buckets that are
//! full again are dropped, so that only the clients of the last minute take memory.

use std::cell::Cell;
use std::hash::Hash;
use std::net::{IpAddr, Ipv6Addr, SocketAddr};
use std::num::NonZeroU32;
use std::sync::atomic::{AtomicU32, Ordering};

use axum::extract::{ConnectInfo, Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use governor::clock::{Clock, DefaultClock};
use governor::middleware::StateInformationMiddleware;
use governor::state::keyed::DashMapStateStore;
use governor::{Quota, RateLimiter};
use http::header::RETRY_AFTER;
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use uuid::Uuid;

use super::App;
use super::problem::Problem;

/// `ratelimit-policy` and `ratelimit`: draft-ietf-httpapi-ratelimit-headers-11.
const POLICY: HeaderName = HeaderName::from_static("ratelimit-policy");
const STANDING: HeaderName = HeaderName::from_static("ratelimit");
const WINDOW_SECONDS: u32 = 60;
/// Full buckets are dropped after so many requests.
const SWEEP_EVERY: u32 = 4096;

/// How many requests a minute a client may send; 0 is without a limit. A bucket holds as many as come in a minute.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct LimitSettings {
    /// Requests of one user.
    pub per_user: u32,
    /// Sign-ups and sign-ins from one address.
    pub sign_in: u32,
}

pub(super) struct Limits {
    users: Option<Buckets<Uuid>>,
    addresses: Option<Buckets<IpAddr>>,
}

impl Limits {
    pub(super) fn new(settings: LimitSettings) -> Self {
        Self {
            users: Buckets::new("user", settings.per_user),
            addresses: Buckets::new("sign-in", settings.sign_in),
        }
    }

    /// Takes a token of the user of the current request.
    pub(super) fn admit(&self, user_id: Uuid) -> Result<(), Problem> {
        let Some(users) = &self.users else { return Ok(()) };
        let standing = users.take(&user_id);
        // Outside of a request there is nobody to tell.
        let _ = CURRENT.try_with(|current| current.set(Some(standing)));
        standing.allowed()
    }
}

tokio::task_local! {
    /// Where the user of the current request stands, once the user is known.
    static CURRENT: Cell<Option<Standing>>;
}

/// What is left of a bucket.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Standing {
    remaining: u32,
    /// Seconds until the bucket is full.
    full_in: u32,
    /// Seconds until the next token, when there is none.
    retry_after: Option<u64>,
}

impl Standing {
    fn allowed(&self) -> Result<(), Problem> {
        let Some(seconds) = self.retry_after else { return Ok(()) };
        let detail = format!("too many requests; send the next one in {seconds} s");
        Err(Problem::new(StatusCode::TOO_MANY_REQUESTS, "rate_limited", detail))
    }
}

struct Buckets<K: Hash + Eq + Clone> {
    name: &'static str,
    size: NonZeroU32,
    policy: HeaderValue,
    limiter: RateLimiter<K, DashMapStateStore<K>, DefaultClock, StateInformationMiddleware>,
    clock: DefaultClock,
    taken: AtomicU32,
}

impl<K: Hash + Eq + Clone> Buckets<K> {
    fn new(name: &'static str, per_minute: u32) -> Option<Self> {
        let size = NonZeroU32::new(per_minute)?;
        let policy = format!("\"{name}\";q={size};w={WINDOW_SECONDS}");
        let limiter = RateLimiter::dashmap(Quota::per_minute(size)).with_middleware();
        Some(Self {
            name,
            size,
            policy: HeaderValue::try_from(policy).expect("printable ASCII"),
            limiter,
            clock: DefaultClock::default(),
            taken: AtomicU32::new(0),
        })
    }

    fn take(&self, key: &K) -> Standing {
        if self.taken.fetch_add(1, Ordering::Relaxed) % SWEEP_EVERY == SWEEP_EVERY - 1 {
            self.limiter.retain_recent();
        }
        match self.limiter.check_key(key) {
            Ok(left) => self.standing(left.remaining_burst_capacity(), None),
            Err(refused) => {
                let wait = refused.wait_time_from(self.clock.now());
                self.standing(0, Some((wait.as_secs() + u64::from(wait.subsec_nanos() > 0)).max(1)))
            }
        }
    }

    fn standing(&self, remaining: u32, retry_after: Option<u64>) -> Standing {
        let missing = u64::from(self.size.get() - remaining.min(self.size.get()));
        let full_in = (missing * u64::from(WINDOW_SECONDS)).div_ceil(u64::from(self.size.get()));
        Standing { remaining, full_in: u32::try_from(full_in).unwrap_or(WINDOW_SECONDS), retry_after }
    }

    fn announce(&self, headers: &mut HeaderMap, standing: Standing) {
        let Standing { remaining, full_in, retry_after } = standing;
        headers.insert(POLICY, self.policy.clone());
        if let Ok(value) = HeaderValue::try_from(format!("\"{}\";r={remaining};t={full_in}", self.name)) {
            headers.insert(STANDING, value);
        }
        if let Some(seconds) = retry_after {
            headers.insert(RETRY_AFTER, HeaderValue::from(seconds));
        }
    }
}

/// Layer of all routes: tells the user where they stand, whatever the answer is.
pub(super) async fn announce(State(app): State<App>, request: Request, next: Next) -> Response {
    let Some(users) = &app.0.limits.users else { return next.run(request).await };
    let served = async {
        let response = next.run(request).await;
        (response, CURRENT.with(Cell::get))
    };
    let (mut response, standing) = CURRENT.scope(Cell::new(None), served).await;
    if let Some(standing) = standing {
        users.announce(response.headers_mut(), standing);
    }
    response
}

/// Layer of sign-up and sign-in: takes a token of the peer's address. What a header such as `x-forwarded-for` says is
/// the client's word and does not count: behind a proxy all clients share the proxy's bucket.
pub(super) async fn by_address(State(app): State<App>, request: Request, next: Next) -> Response {
    let Some(addresses) = &app.0.limits.addresses else { return next.run(request).await };
    let peer = request.extensions().get::<ConnectInfo<SocketAddr>>();
    let address = peer.map_or(Ipv6Addr::UNSPECIFIED.into(), |ConnectInfo(peer)| network(peer.ip()));
    let standing = addresses.take(&address);
    let mut response = match standing.allowed() {
        Ok(()) => next.run(request).await,
        Err(problem) => problem.into_response(),
    };
    addresses.announce(response.headers_mut(), standing);
    response
}

/// What one client has: an IPv4 address, or an IPv6 network of 64 bits (RFC 6177 gives a site no less).
fn network(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(address) => {
            let bits = address.to_bits() >> 64 << 64;
            Ipv6Addr::from_bits(bits).into()
        }
        address @ IpAddr::V4(_) => address,
    }
}

#[cfg(test)]
#[path = "limits/tests.rs"]
mod tests;

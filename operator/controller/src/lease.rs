//! Leader election by a Lease: one replica acts, the others stand by.
//!
//! The rules are client-go's: a lease counts as expired when its record has not changed for its duration *by the
//! clock of the observer*, so that clocks of nodes may differ.

use std::time::{Duration, Instant};

use k8s_openapi::api::coordination::v1::{Lease, LeaseSpec};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::MicroTime;
use k8s_openapi::jiff::Timestamp;
use kube::api::PostParams;
use kube::{Api, Client};

use crate::errors::{ApiError, request};
use crate::settings::LeaseSettings;

/// How long a lease is valid after its last renewal (client-go's default).
const DURATION: Duration = Duration::from_secs(15);
/// How long the leader tries to renew before it gives up (client-go's default).
const DEADLINE: Duration = Duration::from_secs(10);
/// Pause between attempts (client-go's default).
const RETRY: Duration = Duration::from_secs(2);

/// What to do about a lease.
#[derive(Debug, PartialEq, Eq)]
enum Decision {
    /// It is ours: renew it.
    Renew,
    /// It is free or expired: take it.
    Take,
    /// Somebody else holds it.
    Wait,
}

/// What came of an attempt to take or renew a lease.
#[derive(Debug, PartialEq, Eq)]
enum Attempt {
    /// This replica holds it.
    Held,
    /// Somebody wrote to it between our reading and our writing: the new record says who holds it.
    Outrun,
    /// Somebody else holds it.
    Lost,
}

/// A participant in the election.
pub struct Elector {
    api: Api<Lease>,
    settings: LeaseSettings,
    /// The last record that was seen, and when it was first seen.
    seen: Option<(LeaseSpec, Instant)>,
}

impl Elector {
    /// A participant that has seen nothing yet.
    #[must_use]
    pub fn new(client: Client, settings: LeaseSettings) -> Self {
        Self { api: Api::namespaced(client, &settings.namespace), settings, seen: None }
    }

    /// Waits until this replica is the leader.
    pub async fn acquire(&mut self) {
        loop {
            match self.attempt().await {
                Ok(Attempt::Held) => return,
                Ok(Attempt::Outrun | Attempt::Lost) => {}
                Err(error) => tracing::warn!(%error, "the election goes on"),
            }
            tokio::time::sleep(RETRY).await;
        }
    }

    /// Renews the lease until that fails for too long: the caller has to stop acting at once.
    pub async fn keep(&mut self) {
        let mut renewed = Instant::now();
        while renewed.elapsed() < DEADLINE {
            tokio::time::sleep(RETRY).await;
            let left = DEADLINE.saturating_sub(renewed.elapsed());
            match tokio::time::timeout(left, self.renew()).await {
                Ok(Ok(Attempt::Held)) => renewed = Instant::now(),
                Ok(Ok(Attempt::Lost)) => return,
                Ok(Ok(Attempt::Outrun)) => tracing::warn!("others write to the lease"),
                Ok(Err(error)) => tracing::warn!(%error, "the lease was not renewed"),
                Err(_) => {}
            }
        }
    }

    /// Gives the lease up, so that another replica need not wait for it to expire.
    pub async fn release(&mut self) -> Result<(), ApiError> {
        let Some(mut lease) = self.get().await? else { return Ok(()) };
        let held = lease.spec.as_ref().and_then(|spec| spec.holder_identity.as_deref());
        if held != Some(self.settings.identity.as_str()) {
            return Ok(());
        }
        if let Some(spec) = lease.spec.as_mut() {
            spec.holder_identity = Some(String::new());
            spec.lease_duration_seconds = Some(1);
        }
        self.replace(&lease).await.map(|_| ())
    }

    /// Renews the lease; if somebody wrote to it in between, the new record decides at once.
    async fn renew(&mut self) -> Result<Attempt, ApiError> {
        match self.attempt().await? {
            Attempt::Outrun => self.attempt().await,
            decided => Ok(decided),
        }
    }

    /// One attempt to take or renew the lease.
    async fn attempt(&mut self) -> Result<Attempt, ApiError> {
        let now = Instant::now();
        let Some(lease) = self.get().await? else { return self.create().await };
        let spec = lease.spec.clone().unwrap_or_default();
        let since = match &self.seen {
            Some((seen, since)) if *seen == spec => *since,
            _ => now,
        };
        self.seen = Some((spec.clone(), since));
        let decision = decide(&spec, &self.settings.identity, now.duration_since(since));
        if decision == Decision::Wait {
            return Ok(Attempt::Lost);
        }
        let taken = decision == Decision::Take;
        let fresh = Lease { spec: Some(self.record(&spec, taken)), ..lease };
        let attempt = self.replace(&fresh).await?;
        if attempt == Attempt::Held && taken {
            tracing::info!(identity = self.settings.identity, "took the lease");
        }
        Ok(attempt)
    }

    fn record(&self, before: &LeaseSpec, taken: bool) -> LeaseSpec {
        let now = MicroTime(Timestamp::now());
        LeaseSpec {
            holder_identity: Some(self.settings.identity.clone()),
            lease_duration_seconds: i32::try_from(DURATION.as_secs()).ok(),
            acquire_time: if taken { Some(now.clone()) } else { before.acquire_time.clone() },
            renew_time: Some(now),
            lease_transitions: Some(before.lease_transitions.unwrap_or_default() + i32::from(taken)),
            ..LeaseSpec::default()
        }
    }

    async fn get(&self) -> Result<Option<Lease>, ApiError> {
        request(format!("get Lease \"{}\"", self.settings.name), self.api.get_opt(&self.settings.name)).await
    }

    async fn create(&self) -> Result<Attempt, ApiError> {
        let mut lease = Lease { spec: Some(self.record(&LeaseSpec::default(), true)), ..Lease::default() };
        lease.metadata.name = Some(self.settings.name.clone());
        let parameters = PostParams::default();
        let created = self.api.create(&parameters, &lease);
        written(request(format!("create Lease \"{}\"", self.settings.name), created).await)
    }

    /// Replaces the lease that was read; somebody may have been faster.
    async fn replace(&self, lease: &Lease) -> Result<Attempt, ApiError> {
        let parameters = PostParams::default();
        let replaced = self.api.replace(&self.settings.name, &parameters, lease);
        written(request(format!("update Lease \"{}\"", self.settings.name), replaced).await)
    }
}

fn written(answer: Result<Lease, ApiError>) -> Result<Attempt, ApiError> {
    match answer {
        Ok(_) => Ok(Attempt::Held),
        Err(error) if error.is_conflict() => Ok(Attempt::Outrun),
        Err(error) => Err(error),
    }
}

/// What to do about a record that has not changed for a while.
fn decide(spec: &LeaseSpec, identity: &str, unchanged: Duration) -> Decision {
    let seconds = spec.lease_duration_seconds.and_then(|seconds| u64::try_from(seconds).ok());
    let duration = seconds.map_or(DURATION, Duration::from_secs);
    match spec.holder_identity.as_deref() {
        None | Some("") => Decision::Take,
        Some(holder) if holder == identity => Decision::Renew,
        Some(_) if unchanged >= duration => Decision::Take,
        Some(_) => Decision::Wait,
    }
}

#[cfg(test)]
mod tests {
    use http::{Method, Request, Response};
    use kube::client::Body;
    use serde_json::{Value, json};

    use super::*;

    fn held_by(holder: &str) -> LeaseSpec {
        LeaseSpec {
            holder_identity: Some(holder.to_owned()),
            lease_duration_seconds: Some(15),
            ..LeaseSpec::default()
        }
    }

    #[test]
    fn a_lease_of_somebody_else_is_taken_only_after_it_was_silent_for_its_duration() {
        assert_eq!(decide(&held_by("b"), "a", Duration::from_secs(14)), Decision::Wait);
        assert_eq!(decide(&held_by("b"), "a", Duration::from_secs(15)), Decision::Take);
    }

    #[test]
    fn a_free_or_released_lease_is_taken_at_once() {
        assert_eq!(decide(&LeaseSpec::default(), "a", Duration::ZERO), Decision::Take);
        assert_eq!(decide(&held_by(""), "a", Duration::ZERO), Decision::Take);
    }

    #[test]
    fn an_own_lease_is_renewed() {
        assert_eq!(decide(&held_by("a"), "a", Duration::from_mins(1)), Decision::Renew);
    }
    fn record(holder: &str, version: &str) -> (u16, Value) {
        (200, json!({"metadata": {"name": "l", "resourceVersion": version}, "spec": held_by(holder)}))
    }

    fn conflict() -> (u16, Value) {
        (
            409,
            json!({"kind": "Status", "status": "Failure", "code": 409, "reason": "Conflict", "message": "changed"}),
        )
    }

    /// What a renewal of "a" comes to when the API server gives these answers in turn, and the methods it was asked.
    async fn renewal(answers: Vec<(u16, Value)>) -> (Attempt, Vec<Method>) {
        let (service, mut server) = tower_test::mock::pair::<Request<Body>, Response<Body>>();
        let settings = LeaseSettings { name: "l".into(), namespace: "n".into(), identity: "a".into() };
        let mut elector = Elector::new(Client::new(service, "n"), settings);
        let answering = async {
            let mut asked = Vec::new();
            for (code, body) in answers {
                let (request, respond) = server.next_request().await.expect("a request");
                asked.push(request.method().clone());
                let body = Body::from(body.to_string().into_bytes());
                respond.send_response(Response::builder().status(code).body(body).expect("an answer"));
            }
            asked
        };
        let (attempt, asked) = tokio::join!(elector.renew(), answering);
        (attempt.expect("an attempt"), asked)
    }

    #[tokio::test]
    async fn a_leader_that_was_outrun_by_a_harmless_write_goes_on() {
        let answers = vec![record("a", "1"), conflict(), record("a", "2"), record("a", "3")];
        let (attempt, asked) = renewal(answers).await;
        assert_eq!(attempt, Attempt::Held);
        assert_eq!(asked, [Method::GET, Method::PUT, Method::GET, Method::PUT]);
    }

    #[tokio::test]
    async fn a_leader_that_was_outrun_by_another_replica_stops() {
        let (attempt, _) = renewal(vec![record("a", "1"), conflict(), record("b", "2")]).await;
        assert_eq!(attempt, Attempt::Lost);
    }
}

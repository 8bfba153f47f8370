use super::*;

fn buckets(per_minute: u32) -> Buckets<u32> {
    Buckets::new("user", per_minute).expect("a limit")
}

#[test]
fn zero_is_without_a_limit() {
    assert!(Buckets::<u32>::new("user", 0).is_none());
    let limits = Limits::new(LimitSettings::default());
    assert!((0..10_000).all(|_| limits.admit(Uuid::nil()).is_ok()));
}

#[test]
fn a_bucket_gives_what_it_holds_and_no_more() {
    let buckets = buckets(3);
    let given: Vec<Standing> = (0..4).map(|_| buckets.take(&1)).collect();
    let left: Vec<(u32, u32)> = given.iter().map(|standing| (standing.remaining, standing.full_in)).collect();
    assert_eq!(left, [(2, 20), (1, 40), (0, 60), (0, 60)]);
    assert!(given[..3].iter().all(|standing| standing.retry_after.is_none()));
    let wait = given[3].retry_after.expect("refused");
    assert!((1..=20).contains(&wait), "{wait}");
    // Another client has a bucket of its own.
    assert!(buckets.take(&2).allowed().is_ok());
}

#[test]
fn standings_are_structured_fields() {
    let buckets = buckets(1200);
    let mut headers = HeaderMap::new();
    buckets.announce(&mut headers, Standing { remaining: 0, full_in: 60, retry_after: Some(7) });
    assert_eq!(headers["ratelimit-policy"], "\"user\";q=1200;w=60");
    assert_eq!(headers["ratelimit"], "\"user\";r=0;t=60");
    assert_eq!(headers["retry-after"], "7");
}

#[test]
fn full_buckets_are_dropped() {
    // A token comes back every nanosecond or so: each bucket is full again at the next sweep.
    let buckets = buckets(u32::MAX);
    for client in 0..SWEEP_EVERY * 4 {
        buckets.take(&client);
    }
    assert!(buckets.limiter.len() <= SWEEP_EVERY as usize, "{} buckets", buckets.limiter.len());
}

#[test]
fn clients_of_one_network_share_a_bucket() {
    let network = |text: &str| network(text.parse().expect("an address")).to_string();
    assert_eq!(network("2001:db8:1:2:3:4:5:6"), "2001:db8:1:2::");
    assert_eq!(network("::ffff:192.0.2.7"), "192.0.2.7");
    assert_eq!(network("192.0.2.7"), "192.0.2.7");
}

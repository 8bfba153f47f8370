//! Tokens of other issuers.

use jsonwebtoken::{Algorithm, EncodingKey, Header, encode};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::support::{
    Answer, Client, Issuer, Platform, Process, Signer, claims, eventually, free_address, run_to_end, setting,
};

const ALL: [&str; 3] = ["EdDSA", "ES256", "RS256"];

/// An API without brokers.
async fn api(variables: &[(&'static str, String)]) -> Process {
    let api = Process::start(&["api"], variables);
    api.until_ready().await;
    api
}

/// Status and `code` of a request with this token.
async fn answer(api: &Process, token: &str) -> (u16, Value) {
    let response = Client::with_token(api, token).get("/v1/auth/me").await;
    let status = response.status().as_u16();
    (status, response.json::<Value>().await.expect("json")["code"].take())
}

async fn status(api: &Process, token: &str) -> u16 {
    answer(api, token).await.0
}

#[tokio::test]
#[ignore = "needs PostgreSQL and Kafka: hack/test.sh starts them"]
async fn tokens_of_every_algorithm_stand_for_one_user_by_their_subject() {
    let platform = Platform::without_topics().await;
    let signers = [Signer::ed25519("ed"), Signer::p256("ec"), Signer::rsa("rsa")];
    let issuer = Issuer::start(&signers.iter().collect::<Vec<_>>()).await;
    let api = api(&issuer.variables(&platform, &ALL)).await;
    let mut users = Vec::new();
    for signer in &signers {
        let client = Client::with_token(&api, &signer.sign(&issuer.claims("no-uuid")));
        client.create(signer.id).await;
        users.push(client.read("/v1/auth/me").await["id"].clone());
        let tasks = client.read("/v1/tasks").await;
        assert_eq!(tasks["items"].as_array().map(Vec::len), Some(users.len()));
    }
    assert!(users.windows(2).all(|pair| pair[0] == pair[1]), "{users:?}");
    assert_eq!(platform.database.number("SELECT count(*) FROM users").await, 1);
    assert_eq!(issuer.requests(), 1);
    let other = Client::with_token(&api, &signers[0].sign(&issuer.claims("another")));
    assert_eq!(other.read("/v1/tasks").await["items"], json!([]));
}

#[tokio::test]
#[ignore = "needs PostgreSQL and Kafka: hack/test.sh starts them"]
async fn the_same_new_subject_in_many_requests_at_once_makes_one_user() {
    let platform = Platform::without_topics().await;
    let signer = Signer::ed25519("ed");
    let issuer = Issuer::start(&[&signer]).await;
    let variables = issuer.variables(&platform, &ALL);
    // Two replicas know nothing of each other.
    let (a, b) = (api(&variables).await, api(&variables).await);
    let mut requests = Vec::new();
    for number in 0..20 {
        let mut claims = issuer.claims("ann");
        claims["email"] = json!("ann@example.com");
        let client = Client::with_token(if number % 2 == 0 { &a } else { &b }, &signer.sign(&claims));
        requests.push(tokio::spawn(async move { client.read("/v1/auth/me").await }));
    }
    let mut answers = Vec::new();
    for request in requests {
        answers.push(request.await.expect("answered"));
    }
    assert!(answers.windows(2).all(|pair| pair[0] == pair[1]), "{answers:?}");
    assert_eq!(answers[0]["email"], json!("ann@example.com"));
    assert_eq!(platform.database.number("SELECT count(*) FROM users").await, 1);
    assert_eq!(platform.database.number("SELECT count(*) FROM identities").await, 1);
}

#[tokio::test]
#[ignore = "needs PostgreSQL and Kafka: hack/test.sh starts them"]
async fn an_address_never_joins_accounts() {
    let platform = Platform::without_topics().await;
    let signer = Signer::ed25519("ed");
    let issuer = Issuer::start(&[&signer]).await;
    let api = api(&issuer.variables(&platform, &ALL)).await;
    let local = Client::sign_up(&api).await;
    local.create("of the local account").await;
    let address = local.read("/v1/auth/me").await["email"].clone();
    for (subject, email, stored) in [
        ("same address", address, Value::Null),
        ("free address", json!("Free@Example.com"), json!("free@example.com")),
        ("no address", json!("nonsense"), Value::Null),
        ("no text", json!({"a": 1}), Value::Null),
    ] {
        let mut claims = issuer.claims(subject);
        claims["email"] = email;
        claims["name"] = json!("Ann");
        let client = Client::with_token(&api, &signer.sign(&claims));
        let me = client.read("/v1/auth/me").await;
        assert_eq!((&me["email"], &me["name"]), (&stored, &json!("Ann")), "{subject}");
        assert_ne!(me["id"], json!(local.user_id));
        assert_eq!(client.read("/v1/tasks").await["items"], json!([]), "{subject}");
    }
    // An account without a password has none to sign in with.
    let body = json!({"email": "free@example.com", "password": ""});
    let anonymous = Client::with_token(&api, "");
    assert_eq!(anonymous.send(Method::POST, "/v1/auth/sign-in", Some(body)).await.status(), 401);
}

#[tokio::test]
#[ignore = "needs PostgreSQL and Kafka: hack/test.sh starts them"]
async fn a_rotated_key_is_found_at_once_and_made_up_ones_cost_one_fetch() {
    let platform = Platform::without_topics().await;
    let (old, new, unknown) = (Signer::ed25519("old"), Signer::ed25519("new"), Signer::ed25519("unknown"));
    let issuer = Issuer::start(&[&old]).await;
    let api = api(&issuer.variables(&platform, &ALL)).await;
    assert_eq!(issuer.requests(), 0, "fetched before it was needed");
    assert_eq!(status(&api, &old.sign(&issuer.claims("ann"))).await, 200);
    issuer.rotate(&[&old, &new]);
    assert_eq!(status(&api, &new.sign(&issuer.claims("ann"))).await, 200);
    assert_eq!(status(&api, &old.sign(&issuer.claims("ann"))).await, 200);
    assert_eq!(issuer.requests(), 2);
    for _ in 0..10 {
        assert_eq!(status(&api, &unknown.sign(&issuer.claims("ann"))).await, 401);
    }
    assert_eq!(issuer.requests(), 2, "an unknown key was looked for again within 30 s");
}

#[tokio::test]
#[ignore = "needs PostgreSQL and Kafka: hack/test.sh starts them"]
async fn known_keys_outlive_an_outage_and_unknown_ones_are_refused() {
    let platform = Platform::without_topics().await;
    let (known, unknown) = (Signer::p256("known"), Signer::p256("unknown"));
    let issuer = Issuer::start(&[&known]).await;
    let api = api(&issuer.variables(&platform, &ALL)).await;
    assert_eq!(status(&api, &known.sign(&issuer.claims("ann"))).await, 200);
    issuer.answer(Answer::Failure);
    assert_eq!(status(&api, &known.sign(&issuer.claims("bob"))).await, 200);
    assert_eq!(status(&api, &unknown.sign(&issuer.claims("bob"))).await, 401);
    assert_eq!(status(&api, &known.sign(&issuer.claims("bob"))).await, 200);
}

#[tokio::test]
#[ignore = "needs PostgreSQL and Kafka: hack/test.sh starts them"]
async fn an_issuer_that_was_never_reached_is_unavailable_until_it_comes() {
    let platform = Platform::without_topics().await;
    let (signer, address) = (Signer::ed25519("ed"), free_address());
    let url = format!("http://{address}");
    let mut variables = platform.variables("127.0.0.1:1");
    variables.push((contract::env::AUTH_ISSUERS, setting(&url, &ALL)));
    let api = api(&variables).await;
    let response = Client::with_token(&api, &signer.sign(&claims(&url, "ann"))).get("/v1/tasks").await;
    assert_eq!(response.status(), StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(response.headers()["retry-after"], "1");
    assert_eq!(response.json::<Value>().await.expect("json")["code"], json!("issuer_unavailable"));
    assert!(api.log().contains("the keys of an issuer were not received"), "{}", api.log());
    // The others are no worse for it.
    Client::sign_up(&api).await.create("milk").await;
    Issuer::start_at(&address, &[&signer]).await;
    eventually("the keys", async || {
        (status(&api, &signer.sign(&claims(&url, "ann"))).await == 200).then_some(())
    })
    .await;
}

#[tokio::test]
#[ignore = "needs PostgreSQL and Kafka: hack/test.sh starts them"]
async fn a_key_set_that_is_too_long_elsewhere_or_nonsense_is_none() {
    let platform = Platform::without_topics().await;
    let signer = Signer::ed25519("ed");
    let (issuer, elsewhere) = (Issuer::start(&[&signer]).await, Issuer::start(&[&signer]).await);
    let api = api(&issuer.variables(&platform, &ALL)).await;
    let padding = " ".repeat(64 * 1024);
    let huge = format!("{{\"keys\":[{}],{padding}\"x\":1}}", signer.jwk);
    for (bad, told) in [
        (Answer::Text(huge), "more than 65536 bytes"),
        (Answer::Redirect(format!("{}/api/auth/jwks", elsewhere.url)), "status 302"),
        (Answer::Text("<html>".to_owned()), "cannot be read"),
        (Answer::Failure, "status 502"),
    ] {
        issuer.answer(bad);
        eventually(told, async || {
            let answer = answer(&api, &signer.sign(&issuer.claims("ann"))).await;
            assert_eq!(answer, (503, json!("issuer_unavailable")), "{told}");
            api.log().contains(told).then_some(())
        })
        .await;
    }
    assert_eq!(elsewhere.requests(), 0, "a redirect was followed");
}

#[tokio::test]
#[ignore = "needs PostgreSQL and Kafka: hack/test.sh starts them"]
async fn forged_tokens_are_refused_and_make_no_user() {
    let platform = Platform::without_topics().await;
    let signers = [Signer::ed25519("ed"), Signer::p256("ec"), Signer::rsa("rsa")];
    let issuer = Issuer::start(&signers.iter().collect::<Vec<_>>()).await;
    // The key set has an RSA key, but the settings do not name RS256.
    let api = api(&issuer.variables(&platform, &["EdDSA", "ES256"])).await;
    let changed = |name: &str, value: Value| {
        let mut claims = issuer.claims("ann");
        claims[name] = value;
        claims
    };
    let now = jiff::Timestamp::now().as_second();
    let mut forged = vec![
        ("expired", signers[0].sign(&changed("exp", json!(now - 61)))),
        ("without end", signers[0].sign(&changed("exp", Value::Null))),
        ("not yet", signers[0].sign(&changed("nbf", json!(now + 300)))),
        ("for others", signers[0].sign(&changed("aud", json!("another service")))),
        ("for nobody", signers[0].sign(&changed("aud", Value::Null))),
        ("of others", signers[0].sign(&changed("iss", json!("https://another.example.com")))),
        ("of ours", signers[0].sign(&changed("iss", json!("todoplatform")))),
        ("without subject", signers[0].sign(&changed("sub", json!("")))),
        ("algorithm not named", signers[2].sign(&issuer.claims("ann"))),
        ("another key of this id", Signer::ed25519("ed").sign(&issuer.claims("ann"))),
    ];
    for signer in &signers {
        for secret in [signer.public.clone(), signer.jwk.to_string().into_bytes()] {
            let header = Header { kid: Some(signer.id.to_owned()), ..Header::new(Algorithm::HS256) };
            let key = EncodingKey::from_secret(&secret);
            let token = encode(&header, &issuer.claims("ann"), &key).expect("signed");
            forged.push(("public key as secret", token));
        }
    }
    let good = signers[0].sign(&issuer.claims("ann"));
    let [_, payload, _] = good.split('.').collect::<Vec<_>>()[..] else { unreachable!("three parts") };
    // {"alg":"none"}
    forged.push(("none", format!("eyJhbGciOiJub25lIn0.{payload}.")));
    forged.push(("empty signature", good[..=good.rfind('.').expect("a dot")].to_owned()));
    for (what, token) in forged {
        assert_eq!(answer(&api, &token).await, (401, json!("unauthorized")), "{what}");
    }
    assert_eq!(platform.database.number("SELECT count(*) FROM users").await, 0);
    assert_eq!(status(&api, &good).await, 200);
}

#[tokio::test]
#[ignore = "needs PostgreSQL and Kafka: hack/test.sh starts them"]
async fn an_issuer_may_share_a_secret() {
    let platform = Platform::without_topics().await;
    let mut variables = platform.variables("127.0.0.1:1");
    let issuer = json!([{"issuer": "https://web", "audience": "todo", "algorithms": ["HS256"],
        "secretVariable": "AUTH_ISSUER_SECRET_0"}]);
    variables.push((contract::env::AUTH_ISSUERS, issuer.to_string()));
    variables.push(("AUTH_ISSUER_SECRET_0", "another secret that has 32 bytes".to_owned()));
    let api = api(&variables).await;
    let token = |secret: &str, issuer: &str| {
        let key = EncodingKey::from_secret(secret.as_bytes());
        encode(&Header::new(Algorithm::HS256), &claims(issuer, "ann"), &key).expect("signed")
    };
    assert_eq!(status(&api, &token("another secret that has 32 bytes", "https://web")).await, 200);
    assert_eq!(status(&api, &token("another secret that has 32 bytes", "todoplatform")).await, 401);
    assert_eq!(status(&api, &token(crate::support::SECRET, "https://web")).await, 401);
}

#[tokio::test]
#[ignore = "needs PostgreSQL and Kafka: hack/test.sh starts them"]
async fn a_deleted_user_of_an_issuer_comes_back_as_a_new_one() {
    let platform = Platform::without_topics().await;
    let signer = Signer::ed25519("ed");
    let issuer = Issuer::start(&[&signer]).await;
    let api = api(&issuer.variables(&platform, &ALL)).await;
    let client = Client::with_token(&api, &signer.sign(&issuer.claims("ann")));
    client.create("of the first life").await;
    let first = client.read("/v1/auth/me").await["id"].clone();
    assert_eq!(client.send(Method::DELETE, "/v1/auth/me", None).await.status(), 204);
    assert_eq!(platform.database.number("SELECT count(*) FROM identities").await, 0);
    assert_eq!(client.read("/v1/tasks").await["items"], json!([]));
    assert_ne!(client.read("/v1/auth/me").await["id"], first);
}

#[test]
fn a_bad_issuer_ends_the_start_with_its_position_and_fault() {
    let variables = [
        (contract::env::DATABASE_URL, "postgres://todo@db/todo".to_owned()),
        (contract::env::KAFKA_BOOTSTRAP_SERVERS, "kafka:9092".to_owned()),
        (contract::env::AUTH_SIGNING_SECRET, crate::support::SECRET.to_owned()),
        (contract::env::AUTH_ISSUERS, setting("http://auth.example.com", &ALL)),
    ];
    let output = run_to_end(&["api"], &variables);
    assert_eq!(output.status.code(), Some(1));
    assert_eq!(
        String::from_utf8_lossy(&output.stderr).trim(),
        "failed to read the settings: AUTH_ISSUERS entry 0: jwksUrl must be an https URL; http is for loopback \
         addresses, names without a dot, *.svc and *.svc.cluster.local"
    );
}

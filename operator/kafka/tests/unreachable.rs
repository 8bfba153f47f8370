//! Without a broker.

use std::net::TcpListener;
use std::time::{Duration, Instant};

use todo_operator_kafka::{Connection, KafkaError, observe};

#[tokio::test]
async fn an_unreachable_broker_is_told_within_its_time_in_words_that_do_not_change() -> std::io::Result<()> {
    // A port that was free a moment ago refuses connections.
    let port = TcpListener::bind("127.0.0.1:0")?.local_addr()?.port();
    let broker = Connection { bootstrap_servers: vec![format!("127.0.0.1:{port}")], ..Connection::default() };
    let started = Instant::now();
    let first = observe(&broker, &["a".to_owned()]).await.expect_err("nobody listens");
    assert!(started.elapsed() < Duration::from_secs(8), "took {:?}", started.elapsed());
    let second = observe(&broker, &["a".to_owned()]).await.expect_err("nobody listens");
    assert_eq!(first, second);
    let KafkaError::Unreachable(reason) = first else {
        return Err(std::io::Error::other(format!("{first:?}")));
    };
    assert!(reason.contains("Connection refused") && reason.contains(&port.to_string()), "{reason}");
    Ok(())
}

#[tokio::test]
async fn an_authority_that_is_no_certificate_is_told() {
    let broker = Connection {
        bootstrap_servers: vec!["127.0.0.1:9092".to_owned()],
        tls: true,
        ca_pem: Some("not a certificate".to_owned()),
        sasl: None,
    };
    let error = observe(&broker, &["a".to_owned()]).await.expect_err("no certificate");
    assert!(error.to_string().contains("ssl.ca.pem"), "{error}");
}

//! A PostgreSQL and a Kafka of one test's own, which it may kill.

use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use super::required;

/// Stopped, and their data removed, at the end of the test.
pub(crate) struct Services {
    dir: PathBuf,
    pub(crate) database_url: String,
    pub(crate) bootstrap: String,
}

impl Services {
    /// Starts both on free ports, with their state in a folder beside that of the shared services, where the test
    /// command finds what a killed test left.
    pub(crate) fn start(name: &str) -> Self {
        let dir = PathBuf::from(format!("{}-{name}", required("TEST_SERVICES_DIR")));
        run(&dir, &["down"]);
        let (postgres, kafka) = (free_ports(1).to_string(), free_ports(3).to_string());
        run(&dir, &["up", "--postgres-port", &postgres, "--kafka-port", &kafka]);
        let env = std::fs::read_to_string(dir.join("env")).expect("the services wrote their env file");
        let value = |name: &str| {
            let line = env.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix('='));
            line.expect("a variable").to_owned()
        };
        Self { dir, database_url: value("TEST_DATABASE_URL"), bootstrap: value("TEST_KAFKA_BOOTSTRAP") }
    }

    /// SIGKILL, then a start with the data that is there.
    pub(crate) async fn kill_and_start(&self, service: &'static str) {
        let dir = self.dir.clone();
        let restarted = tokio::task::spawn_blocking(move || {
            run(&dir, &["kill", service]);
            run(&dir, &["start", service]);
        });
        restarted.await.expect("restarted");
    }
}

impl Drop for Services {
    fn drop(&mut self) {
        run(&self.dir, &["down"]);
    }
}

fn run(dir: &Path, arguments: &[&str]) {
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/../hack/services/services.sh");
    let status = Command::new(script).args(arguments).arg("--dir").arg(dir).stdout(Stdio::null()).status();
    assert!(status.expect("the script runs").success(), "{arguments:?}");
}

/// First of `count` neighbouring ports that nothing listens on.
fn free_ports(count: u16) -> u16 {
    let is_free = |port: u16| TcpListener::bind(("127.0.0.1", port)).is_ok();
    loop {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let first = listener.local_addr().expect("an address").port();
        drop(listener);
        if first.checked_add(count).is_some_and(|end| (first..end).all(is_free)) {
            return first;
        }
    }
}

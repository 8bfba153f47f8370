//! A PgBouncer in transaction mode.

use std::path::PathBuf;
use std::process::{Child, Command, Stdio};

use super::{eventually, free_address, with_port};

/// Killed at the end of the test.
pub(crate) struct Pooler {
    child: Child,
    pub(crate) url: String,
}

impl Pooler {
    /// A pooler with so many connections to the database of a URL.
    pub(crate) async fn start(database_url: &str, servers: u32) -> Self {
        let address = free_address();
        let (_, port) = address.rsplit_once(':').expect("a port");
        let config = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(format!("pgbouncer_{port}.ini"));
        std::fs::write(&config, configuration(database_url, port, servers)).expect("written");
        let mut command = Command::new(program());
        // It refuses to run as root.
        if std::fs::metadata("/proc/self").is_ok_and(|own| std::os::unix::fs::MetadataExt::uid(&own) == 0) {
            command.args(["-u", "postgres"]);
        }
        let child =
            command.arg(&config).stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("started");
        let pooler = Self { child, url: with_port(database_url, port) };
        eventually("the pooler", async || tokio::net::TcpStream::connect(&address).await.ok()).await;
        pooler
    }
}

impl Drop for Pooler {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Clients are trusted, for it listens on loopback; the server is not asked to reset a connection between transactions.
fn configuration(database_url: &str, port: &str, servers: u32) -> String {
    let url: sqlx::postgres::PgConnectOptions = database_url.parse().expect("a URL");
    let password =
        database_url.split(['/', '@']).nth(2).and_then(|user| user.split_once(':')).expect("a password").1;
    format!(
        "[databases]\n* = host={} port={} user={} password={password}\n\
         [pgbouncer]\nlisten_addr = 127.0.0.1\nlisten_port = {port}\nunix_socket_dir =\nauth_type = any\n\
         pool_mode = transaction\ndefault_pool_size = {servers}\nmax_prepared_statements = 200\n\
         max_client_conn = 200\n",
        url.get_host(),
        url.get_port(),
        url.get_username(),
    )
}

fn program() -> String {
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/../hack/services/pgbouncer.sh");
    let output = Command::new(script).output().expect("the script runs");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).expect("a path").trim().to_owned()
}

//! The executable as a process.

use std::fs::File;
use std::net::TcpListener;
use std::path::PathBuf;
use std::process::{Child, Command, Output, Stdio};

use super::eventually;

/// A role that runs; killed at the end of the test.
pub(crate) struct Process {
    child: Child,
    pub(crate) base: String,
    log: PathBuf,
}

impl Process {
    /// Starts the executable on a free port.
    pub(crate) fn start(arguments: &[&str], variables: &[(&'static str, String)]) -> Self {
        let address = free_address();
        let log =
            PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(format!("{}.log", address.replace(':', "_")));
        let child = command(arguments, variables)
            .env(contract::env::LISTEN, &address)
            .stdout(Stdio::null())
            .stderr(File::create(&log).expect("a log file"))
            .spawn()
            .expect("the executable starts");
        Self { child, base: format!("http://{address}"), log }
    }

    /// Waits for readiness.
    pub(crate) async fn until_ready(&self) {
        let url = format!("{}{}", self.base, contract::http::READINESS_PATH);
        eventually("readiness", async || {
            let response = reqwest::get(&url).await.ok()?;
            response.status().is_success().then_some(())
        })
        .await;
    }

    /// The metrics page.
    pub(crate) async fn metrics(&self) -> String {
        let url = format!("{}{}", self.base, contract::http::METRICS_PATH);
        reqwest::get(url).await.expect("metrics").text().await.expect("text")
    }

    /// Everything that was logged so far.
    pub(crate) fn log(&self) -> String {
        std::fs::read_to_string(&self.log).expect("a log file")
    }

    /// SIGKILL.
    pub(crate) fn kill(mut self) {
        self.child.kill().expect("killed");
        self.child.wait().expect("gone");
    }

    /// SIGTERM.
    pub(crate) fn terminate(&self) {
        let pid = self.child.id().to_string();
        assert!(Command::new("kill").args(["-TERM", &pid]).status().expect("kill runs").success());
    }

    /// Waits for the end; whether it was a success.
    pub(crate) async fn ended(&mut self) -> bool {
        let child = std::cell::RefCell::new(&mut self.child);
        eventually("the end of the process", async || child.borrow_mut().try_wait().expect("a child"))
            .await
            .success()
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Runs the executable to its end.
pub(crate) fn run_to_end(arguments: &[&str], variables: &[(&'static str, String)]) -> Output {
    command(arguments, variables).output().expect("the executable runs")
}

fn command(arguments: &[&str], variables: &[(&'static str, String)]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_todo"));
    command.env_clear().args(arguments).envs(variables.iter().map(|(name, value)| (name, value)));
    command
}

/// An address that nothing listens on.
pub(crate) fn free_address() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    listener.local_addr().expect("an address").to_string()
}

//! The operator of TodoPlatform resources.

use std::process::ExitCode;

use clap::Parser;

use crate::cli::{Cli, Command};

mod broker;
mod cli;
mod crds;
mod fields;
mod offline;
mod rbac;
mod reference;
mod render;
mod run;
mod telemetry;
mod yaml;

fn main() -> ExitCode {
    match dispatch(Cli::parse().command) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn dispatch(command: Command) -> anyhow::Result<()> {
    match command {
        Command::Run(arguments) => run::run(*arguments),
        Command::Crds(arguments) => print(&crds::crds(arguments.output)?),
        Command::Rbac(arguments) => print(&rbac::rbac(&arguments)?),
        Command::Render(arguments) => print(&render::render(&arguments)?),
    }
}

/// Writes to stdout. A reader that has seen enough (`| head`) is no failure.
fn print(text: &str) -> anyhow::Result<()> {
    use std::io::{ErrorKind, Write};
    match std::io::stdout().write_all(text.as_bytes()) {
        Err(error) if error.kind() != ErrorKind::BrokenPipe => Err(error.into()),
        _ => Ok(()),
    }
}

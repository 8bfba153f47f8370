//! The todo application: api, consume, migrate, openapi.

mod api;
mod consume;
mod migrate;
mod readiness;
mod stop;
mod telemetry;

use std::process::ExitCode;

use clap::{CommandFactory, FromArgMatches, Parser, Subcommand};

use service::settings::{Role, help};

/// Tasks with an event trail.
#[derive(Parser)]
#[command(name = "todo", version, arg_required_else_help = true)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Serve the HTTP API and publish the outbox
    Api,
    /// Run a consumer
    Consume {
        /// Name of the consumer
        #[arg(value_parser = consume::consumer)]
        name: contract::topics::Consumer,
    },
    /// Bring the database schema to this release's version
    Migrate {
        /// Bring it to this version instead, backwards too; 0 removes everything
        #[arg(long, value_name = "VERSION")]
        to: Option<i32>,
    },
    /// Print the OpenAPI document
    Openapi,
}

fn main() -> ExitCode {
    let matches = Arguments::command()
        .mut_subcommand("api", |command| command.after_help(help(Role::Api)))
        .mut_subcommand("consume", |command| command.after_help(help(Role::Consume)))
        .mut_subcommand("migrate", |command| command.after_help(help(Role::Migrate)))
        .get_matches();
    let outcome = Arguments::from_arg_matches(&matches)
        .map_err(anyhow::Error::from)
        .and_then(|arguments| run(&arguments));
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            // One plain line at the end of the log: the operator copies it into the status.
            eprintln!("{error:#}");
            ExitCode::FAILURE
        }
    }
}

#[tokio::main]
async fn run(arguments: &Arguments) -> anyhow::Result<()> {
    let environment = |name: &str| std::env::var(name).ok();
    match &arguments.command {
        Command::Api => api::run(&environment).await,
        Command::Consume { name } => consume::run(*name, &environment).await,
        Command::Migrate { to } => migrate::run(*to, &environment).await,
        Command::Openapi => {
            println!("{}", service::http::openapi_document());
            Ok(())
        }
    }
}

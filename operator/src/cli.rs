//! The command line. Every doc comment here is what `--help` prints.

use std::net::SocketAddr;
use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};
use todo_operator_core::settings::ImageCatalog;

/// Runs todo platforms on Kubernetes, as described by TodoPlatform resources.
///
/// Exit codes: 0 done; 1 failed, with the reason on stderr; 2 wrong usage.
#[derive(Debug, Parser)]
#[command(name = "todo-operator", version, propagate_version = true)]
pub struct Cli {
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// What to do.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Keep the platforms of a cluster as described, until SIGTERM.
    ///
    /// Exit codes: 0 stopped by SIGTERM or SIGINT; 1 failed or lost its lease, to be restarted; 2 wrong usage.
    Run(Box<RunArguments>),
    /// Print the CustomResourceDefinition that this version works with.
    Crds(CrdsArguments),
    /// Print the permissions that `run` needs, as RBAC objects.
    Rbac(RbacArguments),
    /// Print what a platform becomes, without a cluster.
    ///
    /// Referenced Secrets are taken to exist. What depends on their content is left open: the configuration hash of
    /// pods is a placeholder, and with an external database the key in the migration Job's name differs. The same
    /// input gives the same bytes. Exit codes: 0 printed; 1 the file cannot be read or a platform is not valid; 2 wrong usage.
    Render(RenderArguments),
}

/// Settings of the operator.
#[derive(Clone, Debug, Args)]
pub struct RunArguments {
    /// Namespaces to watch, separated by commas. Empty watches the whole cluster, which takes a ClusterRole.
    #[arg(long, env = "WATCH_NAMESPACES", value_delimiter = ',', value_name = "NAMESPACE")]
    pub watch_namespaces: Vec<String>,
    /// Platforms that are worked on at the same time.
    #[arg(long, env = "CONCURRENCY", default_value_t = 4, value_parser = clap::value_parser!(u16).range(1..=64))]
    pub concurrency: u16,
    /// Name of the Lease that elects the one active replica.
    #[arg(long, env = "LEASE_NAME", default_value = "todo-operator")]
    pub lease_name: String,
    /// Namespace of the Lease. Default: the namespace of the operator's pod, else that of the kubeconfig's context.
    #[arg(long, env = "LEASE_NAMESPACE")]
    pub lease_namespace: Option<String>,
    /// Address and port of /livez, /readyz and /metrics.
    #[arg(long, env = "ADMIN_ADDRESS", default_value = "0.0.0.0:8081")]
    pub admin_address: SocketAddr,
    /// Form of the log on stderr.
    #[arg(long, env = "LOG_FORMAT", value_enum, default_value_t = LogFormat::Json)]
    pub log_format: LogFormat,
    /// Filter of the log: a level, or directives such as `info,todo_operator_controller=debug`.
    #[arg(long, env = "LOG_LEVEL", default_value = "info")]
    pub log_level: String,
    /// Images of the platforms.
    #[command(flatten)]
    pub images: ImageArguments,
}

/// Form of the log.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum LogFormat {
    /// One JSON object a line.
    Json,
    /// For people.
    Text,
}

/// The image catalogue: what a platform uses unless its spec names another image.
#[derive(Clone, Debug, Args)]
#[command(next_help_heading = "Image catalogue")]
pub struct ImageArguments {
    /// Repository of the application, without tag: the tag is the platform's version.
    #[arg(long = "image-app", env = "IMAGE_APP", default_value_t = ImageCatalog::default().app, value_name = "REPOSITORY")]
    pub app: String,
    /// PostgreSQL of embedded databases.
    #[arg(long = "image-postgres", env = "IMAGE_POSTGRES", default_value_t = ImageCatalog::default().postgres, value_name = "IMAGE")]
    pub postgres: String,
    /// Apache Kafka of embedded brokers.
    #[arg(long = "image-kafka", env = "IMAGE_KAFKA", default_value_t = ImageCatalog::default().kafka, value_name = "IMAGE")]
    pub kafka: String,
}

impl ImageArguments {
    /// The catalogue.
    pub fn catalog(&self) -> ImageCatalog {
        ImageCatalog { app: self.app.clone(), postgres: self.postgres.clone(), kafka: self.kafka.clone() }
    }
}

/// How to print the CustomResourceDefinition.
#[derive(Clone, Debug, Args)]
pub struct CrdsArguments {
    /// A manifest, or a reference of every field.
    #[arg(long, short, value_enum, default_value_t = CrdsOutput::Yaml)]
    pub output: CrdsOutput,
}

/// Forms of the CustomResourceDefinition.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum CrdsOutput {
    /// A manifest.
    Yaml,
    /// A reference of every field.
    Markdown,
}

/// Which permissions to print.
#[derive(Clone, Debug, Args)]
pub struct RbacArguments {
    /// Namespaces to watch, separated by commas. Empty prints a ClusterRole; otherwise only Roles, one in each.
    #[arg(long, value_delimiter = ',', value_name = "NAMESPACE")]
    pub watch_namespaces: Vec<String>,
    /// Namespace of the operator, its ServiceAccount and its Lease.
    #[arg(long, default_value = "todo-operator-system")]
    pub namespace: String,
    /// Name of the ServiceAccount and of the objects that are printed.
    #[arg(long, default_value = "todo-operator")]
    pub name: String,
    /// Complete objects, or the rules alone for templates.
    #[arg(long, short, value_enum, default_value_t = RbacOutput::Objects)]
    pub output: RbacOutput,
}

/// Forms of the permissions.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum RbacOutput {
    /// Roles and bindings.
    Objects,
    /// Rules by scope: `cluster`, `platform`, `lease`.
    Rules,
}

/// What to render.
#[derive(Clone, Debug, Args)]
pub struct RenderArguments {
    /// File with TodoPlatform manifests (YAML or JSON, one or more documents); `-` reads stdin.
    #[arg(long, short, value_name = "FILE")]
    pub filename: PathBuf,
    /// Namespace of platforms that name none.
    #[arg(long, short, default_value = "default")]
    pub namespace: String,
    /// Images of the platforms.
    #[command(flatten)]
    pub images: ImageArguments,
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    #[test]
    fn the_command_line_is_consistent() {
        Cli::command().debug_assert();
    }

    #[test]
    fn no_namespace_watches_the_cluster() {
        let cli = Cli::try_parse_from(["todo-operator", "run"]).expect("run needs no flag");
        let Command::Run(arguments) = cli.command else { unreachable!("run was asked for") };
        assert!(arguments.watch_namespaces.is_empty());
        assert_eq!(arguments.images.catalog(), ImageCatalog::default());
    }

    #[test]
    fn every_argument_says_what_it_does() {
        for command in Cli::command().get_subcommands() {
            for argument in command.get_arguments() {
                let help = argument.get_help();
                assert!(help.is_some(), "{} of {} has no help", argument.get_id(), command.get_name());
            }
        }
    }
}

use crate::cli::RunArguments;
pub fn run(_arguments: RunArguments) -> anyhow::Result<()> {
    anyhow::bail!("later")
}

use crate::cli::RbacArguments;
pub fn rbac(_arguments: &RbacArguments) -> anyhow::Result<String> {
    anyhow::bail!("later")
}

//! A namespace goes away without the operator's help.

use anyhow::{Result, ensure};
use k8s_openapi::api::core::v1::Namespace;
use kube::api::{Api, DeleteParams};
use serde_json::json;

use crate::support::operator::Operator;
use crate::support::platform::BRING_UP;
use crate::support::story::{Story, namespace_is_gone};

#[tokio::test]
#[ignore = "needs a cluster: hack/test.sh starts one"]
async fn a_deleted_namespace_goes_away_with_the_operator_stopped() -> Result<()> {
    Story::run("deletes-namespace", async |story| {
        story.create_platform(json!({ "profile": "local" })).await?;
        let platform = story.ready(BRING_UP).await?;
        ensure!(platform.metadata.finalizers.is_none(), "finalizers: {:?}", platform.metadata.finalizers);
        let operator = Operator::find(&story.client).await?;
        operator.scale(0).await?;
        let gone = delete_namespace(story).await;
        // The other stories need the operator, whatever came of this one.
        operator.scale(1).await?;
        gone
    })
    .await
}

async fn delete_namespace(story: &Story) -> Result<()> {
    let namespaces: Api<Namespace> = Api::all(story.client.clone());
    namespaces.delete(&story.namespace, &DeleteParams::background()).await?;
    namespace_is_gone(&story.client, &story.namespace).await?;
    story.note("the namespace is gone with no operator running");
    Ok(())
}

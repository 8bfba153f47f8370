//! What cannot work is explained exactly and heals when its cause is gone.

use anyhow::{Context as _, Result, anyhow, ensure};
use serde_json::json;
use todo_operator_api::v1alpha1::{ConditionType, Reason};

use crate::support::database::{DATABASE, external_database};
use crate::support::platform::{BRING_UP, condition};
use crate::support::poll::{eventually, seconds};
use crate::support::story::Story;

#[tokio::test]
#[ignore = "needs a cluster: hack/test.sh starts one"]
async fn two_databases_are_refused_by_the_api_server() -> Result<()> {
    Story::run("refuses-two", async |story| {
        let mut database = external_database();
        database["embedded"] = json!({});
        let answer = story.create_platform(json!({ "profile": "local", "database": database })).await;
        let Err(error) = answer else { return Err(anyhow!("two databases were accepted")) };
        let Some(kube::Error::Api(status)) = error.downcast_ref::<kube::Error>() else { return Err(error) };
        story.note(&status.message);
        ensure!(status.code == 422, "the answer is {}", status.code);
        let start = "TodoPlatform.todoplatform.dev \"todo\" is invalid: spec.database: Invalid value: ";
        let end = ": database: give either embedded or external, not both; remove one of the two";
        let exact = status.message.starts_with(start) && status.message.ends_with(end);
        ensure!(exact, "the answer is {}", status.message);
        Ok(())
    })
    .await
}

#[tokio::test]
#[ignore = "needs a cluster: hack/test.sh starts one"]
async fn a_missing_secret_is_named_until_it_exists() -> Result<()> {
    Story::run("refuses-secret", async |story| {
        story.database_service().await?;
        story.database_pod().await?;
        story.create_platform(json!({ "profile": "local", "database": external_database() })).await?;
        let words = ["spec.database.external.urlSecretRef", DATABASE];
        let message = story.explains(ConditionType::Ready, Reason::SecretMissing, &words).await?;
        story.note(&message);
        story.explains(ConditionType::DependenciesReady, Reason::SecretMissing, &words).await?;
        story.database_secret().await?;
        story.ready(BRING_UP).await?;
        story.note("Ready once the Secret exists");
        Ok(())
    })
    .await
}

#[tokio::test]
#[ignore = "needs a cluster: hack/test.sh starts one"]
async fn an_unreachable_database_is_explained_until_it_answers() -> Result<()> {
    Story::run("refuses-database", async |story| {
        story.database_service().await?;
        story.database_secret().await?;
        story.create_platform(json!({ "profile": "local", "database": external_database() })).await?;
        // The migration comes after the broker, whose start is no part of the thirty seconds.
        eventually("the migration has begun", BRING_UP, async || {
            let labelled = story.labelled().await?;
            ensure!(labelled.iter().any(|name| name.starts_with("Job/")), "there are {labelled:?}");
            Ok(())
        })
        .await?;
        let host = format!("{DATABASE}.{}.svc:5432/todo", story.namespace);
        let words = ["failed to connect", &host];
        let message =
            story.explains(ConditionType::MigrationsApplied, Reason::MigrationFailing, &words).await?;
        story.note(&message);
        ensure!(!message.contains("e2e-throw-away"), "the message shows the password");
        story.explains(ConditionType::Ready, Reason::MigrationFailing, &words).await?;
        story.database_pod().await?;
        story.ready(seconds(400)).await?;
        story.note("Ready once the database answers");
        Ok(())
    })
    .await
}

#[tokio::test]
#[ignore = "needs a cluster: hack/test.sh starts one"]
async fn a_bad_image_is_explained_while_the_good_one_serves_on() -> Result<()> {
    Story::run("refuses-image", async |story| {
        story.create_platform(json!({ "profile": "local" })).await?;
        story.ready(BRING_UP).await?;
        let user = story.sign_up("refuses@example.com").await?;
        story.patch_platform(json!({ "spec": { "version": "9.9.9-missing" } })).await?;
        let words = ["todoplatform/todo:9.9.9-missing"];
        let message = story.explains(ConditionType::Ready, Reason::ImagePullFailed, &words).await?;
        story.note(&message);
        let platform = story.platform().await?;
        let available = condition(&platform, ConditionType::Available).context("there is no Available")?;
        ensure!(available.status == "True", "Available is {}: {}", available.status, available.message);
        user.create_task("Served by the old version").await?;
        story.patch_platform(json!({ "spec": { "version": null } })).await?;
        story.ready(BRING_UP).await?;
        story.note("Ready again with the version that exists");
        Ok(())
    })
    .await
}

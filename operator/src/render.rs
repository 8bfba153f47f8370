//! What platforms become, as YAML.

use std::io::Read;
use std::path::Path;

use anyhow::Context;
use serde_json::Value;
use todo_operator_api::v1alpha1::TodoPlatform;
use todo_operator_core::bundle::{Bundle, Mode, Object, Topic};
use todo_operator_core::desired::CONFIG_ANNOTATION;
use todo_operator_core::settings::ImageCatalog;
use todo_operator_core::{desire, plan};

use crate::cli::RenderArguments;
use crate::{fields, offline, yaml};

/// Where objects are annotated with something that depends on the content of Secrets: pod templates, and the Job.
const ANNOTATIONS: [&str; 2] = ["/metadata/annotations", "/spec/template/metadata/annotations"];
const HASH_PLACEHOLDER: &str = "<depends on the content of Secrets>";

/// All objects and topics of the platforms of a file.
pub fn render(arguments: &RenderArguments) -> anyhow::Result<String> {
    let file = &arguments.filename;
    let images = arguments.images.catalog();
    let text = || -> anyhow::Result<String> {
        let platforms = fields::platforms(&read(file)?, &arguments.namespace)?;
        platforms.iter().map(|platform| manifests(platform, &images)).collect()
    };
    text().with_context(|| format!("failed to render \"{}\"", file.display()))
}

fn read(file: &Path) -> anyhow::Result<String> {
    if file == Path::new("-") {
        let mut text = String::new();
        std::io::stdin().read_to_string(&mut text)?;
        return Ok(text);
    }
    Ok(std::fs::read_to_string(file)?)
}

fn manifests(platform: &TodoPlatform, images: &ImageCatalog) -> anyhow::Result<String> {
    let name = platform.metadata.name.as_deref().unwrap_or_default();
    let gathered = offline::gathered(platform)?;
    let plan = plan(platform, &gathered, images).with_context(|| format!("TodoPlatform \"{name}\""))?;
    let bundle = desire(&plan);
    let objects: String = bundle.objects().map(manifest).collect::<Result<_, _>>()?;
    Ok(format!("{objects}{}", topics(&bundle)))
}

fn manifest(object: &Object) -> anyhow::Result<String> {
    let mut manifest = object.manifest.clone();
    for annotations in ANNOTATIONS {
        let hash = manifest.pointer_mut(annotations).and_then(|all| all.get_mut(CONFIG_ANNOTATION));
        if let Some(hash) = hash {
            *hash = Value::from(HASH_PLACEHOLDER);
        }
    }
    Ok(format!("---\n{}{}", remark(object), yaml::text(&manifest)?))
}

/// What a manifest alone does not tell.
fn remark(object: &Object) -> String {
    let retained = if object.retained { "# Outlives the platform.\n" } else { "" };
    let mode = match &object.mode {
        Mode::Apply => String::new(),
        Mode::Create => "# Created when absent, then left as it is.\n".to_owned(),
        Mode::Generate(keys) => {
            let keys: Vec<&str> = keys.iter().map(|key| key.key.as_str()).collect();
            format!("# Created when absent, with random values for: {}.\n", keys.join(", "))
        }
    };
    format!("{retained}{mode}")
}

fn topics(bundle: &Bundle) -> String {
    let line = |topic: &Topic| {
        let Topic { name, partitions, replication, retention_ms } = topic;
        let replication =
            replication.map_or("the broker's default".to_owned(), |replicas| replicas.to_string());
        format!("#   {name}: partitions {partitions}, replicas {replication}, retention.ms {retention_ms}\n")
    };
    let lines: String = bundle.topics.iter().map(line).collect();
    format!("# Topics at {}:\n{lines}", bundle.broker.bootstrap_servers.join(","))
}

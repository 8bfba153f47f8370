//! Every example becomes exactly the objects of its snapshot.

mod support;

use std::fmt::Write;
use std::path::{Path, PathBuf};

use todo_operator_core::settings::ImageCatalog;
use todo_operator_core::{desire, plan};

fn examples() -> Vec<PathBuf> {
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples");
    let entries = std::fs::read_dir(directory).expect("the examples");
    let mut files: Vec<_> = entries.map(|entry| entry.expect("an example").path()).collect();
    files.retain(|file| file.extension().is_some_and(|extension| extension == "yaml"));
    files.sort();
    files
}

/// The platform among the documents of a file.
fn platform_document(text: &str) -> &str {
    let mut documents = text.split("\n---\n");
    documents.find(|document| document.contains("kind: TodoPlatform")).expect("a TodoPlatform in the example")
}

fn rendering(manifest: &str) -> String {
    let platform = support::platform(platform_document(manifest));
    let plan =
        plan(&platform, &support::complete(&platform), &ImageCatalog::default()).expect("a valid example");
    let bundle = desire(&plan);
    let mut text = String::new();
    for (stage, objects) in &bundle.stages {
        for object in objects {
            let yaml = serde_saphyr::to_string(&object.manifest).expect("objects serialise");
            writeln!(text, "--- # {stage:?}, {:?}, retained: {}\n{yaml}", object.mode, object.retained)
                .expect("writing to a String cannot fail");
        }
    }
    for topic in &bundle.topics {
        writeln!(text, "--- # {topic:?}").expect("writing to a String cannot fail");
    }
    text
}

#[test]
fn every_example_renders_as_its_snapshot() {
    let files = examples();
    assert!(files.len() >= 3, "the examples are missing");
    let mut settings = insta::Settings::clone_current();
    settings.set_snapshot_path("golden");
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    settings.bind(|| {
        for file in files {
            let name = file.file_stem().and_then(|stem| stem.to_str()).expect("a file name").to_owned();
            let manifest = std::fs::read_to_string(&file).expect("a readable example");
            insta::assert_snapshot!(name, rendering(&manifest));
        }
    });
}

#[test]
fn no_default_of_the_operator_version_reaches_a_pod_template() {
    let manifest = std::fs::read_to_string(&examples()[0]).expect("a readable example");
    let platform = support::platform(platform_document(&manifest));
    let plan =
        plan(&platform, &support::complete(&platform), &ImageCatalog::default()).expect("a valid example");
    for object in desire(&plan).objects() {
        let labels = &object.manifest["spec"]["template"]["metadata"]["labels"];
        if object.kind != todo_operator_core::bundle::Kind::Job {
            assert!(labels.get("app.kubernetes.io/version").is_none(), "{}", object.name);
        }
    }
}

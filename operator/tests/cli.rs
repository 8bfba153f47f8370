//! The executable from outside.

use std::io::Write;
use std::process::{Command, Output, Stdio};

const PLATFORM: &str = "
apiVersion: todoplatform.dev/v1alpha1
kind: TodoPlatform
metadata: { name: todo }
spec:
  database:
    external: { urlSecretRef: { name: neon, key: URL } }
  messaging:
    broker:
      external:
        bootstrapServers: [kafka.example.com:9092]
        tls: { caSecretRef: { name: kafka-ca, key: ca.crt } }
        sasl: { mechanism: SCRAM-SHA-256, secretRef: { name: kafka } }
";

fn run(arguments: &[&str], input: &str) -> std::io::Result<Output> {
    let mut child = Command::new(env!("CARGO_BIN_EXE_todo-operator"))
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()?;
    child.stdin.take().expect("stdin is a pipe").write_all(input.as_bytes())?;
    child.wait_with_output()
}

fn stdout(arguments: &[&str], input: &str) -> String {
    let output = run(arguments, input).expect("the executable starts");
    assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).expect("UTF-8")
}

/// Exit code and stderr of a call that fails.
fn failure(arguments: &[&str], input: &str) -> (Option<i32>, String) {
    let output = run(arguments, input).expect("the executable starts");
    assert!(output.stdout.is_empty(), "{arguments:?} prints half of something");
    (output.status.code(), String::from_utf8(output.stderr).expect("UTF-8"))
}

fn documents(text: &str) -> Vec<serde_json::Value> {
    serde_saphyr::from_multiple(text).expect("valid YAML")
}

#[test]
fn every_output_is_the_same_bytes_again() {
    let calls: [&[&str]; 6] = [
        &["crds"],
        &["crds", "--output", "markdown"],
        &["rbac"],
        &["rbac", "--output", "rules"],
        &["rbac", "--watch-namespaces", "a,b"],
        &["render", "-f", "-"],
    ];
    for call in calls {
        assert_eq!(stdout(call, PLATFORM), stdout(call, PLATFORM), "{call:?}");
    }
}

#[test]
fn rendered_objects_are_in_the_namespace_asked_for() {
    let objects = documents(&stdout(&["render", "-f", "-", "--namespace", "tools"], PLATFORM));
    assert!(objects.len() > 5, "{} objects", objects.len());
    for object in objects {
        assert_eq!(object["metadata"]["namespace"], "tools", "{}", object["metadata"]["name"]);
    }
}

#[test]
fn a_hash_of_content_that_render_does_not_know_is_a_placeholder() {
    let text = stdout(&["render", "-f", "-"], PLATFORM);
    let hashes: Vec<&str> = text.lines().filter(|line| line.contains("/config-hash:")).collect();
    assert!(!hashes.is_empty(), "no Deployment carries a hash");
    assert!(hashes.iter().all(|line| line.contains("<depends on the content of Secrets>")), "{hashes:?}");
}

#[test]
fn images_come_from_the_catalogue() {
    let local = "apiVersion: todoplatform.dev/v1alpha1\nkind: TodoPlatform\nmetadata: { name: t }\nspec: { profile: local }";
    let arguments =
        ["render", "-f", "-", "--image-app=r/app", "--image-postgres=r/pg:1", "--image-kafka=r/k:2"];
    let text = stdout(&arguments, local);
    for image in [concat!("r/app:", env!("CARGO_PKG_VERSION")), "r/pg:1", "r/k:2"] {
        assert!(text.contains(&format!("image: {image}\n")), "{image} is missing");
    }
}

#[test]
fn an_error_names_file_and_field() {
    let spoiled = PLATFORM.replace("name: neon, key: URL", "name: neon, kee: URL");
    let (code, error) = failure(&["render", "-f", "-"], &spoiled);
    assert_eq!(code, Some(1));
    assert!(error.contains("\"-\"") && error.contains("spec.database.external.urlSecretRef"), "{error}");

    let (code, error) = failure(&["render", "-f", "/nowhere/todo.yaml"], "");
    assert_eq!(code, Some(1));
    assert!(error.contains("\"/nowhere/todo.yaml\""), "{error}");
}

#[test]
fn a_platform_that_cannot_be_planned_tells_every_problem() {
    let empty = "apiVersion: todoplatform.dev/v1alpha1\nkind: TodoPlatform\nmetadata: { name: t }\nspec: {}";
    let (code, error) = failure(&["render", "-f", "-"], empty);
    assert_eq!(code, Some(1));
    assert!(error.contains("spec.database: ") && error.contains("spec.messaging.broker: "), "{error}");
}

#[test]
fn wrong_usage_has_a_code_of_its_own() {
    assert_eq!(failure(&["render"], "").0, Some(2));
    assert_eq!(failure(&["run", "--concurrency", "0"], "").0, Some(2));
}

mod chart {
    //! The chart and the executable agree.
    use super::*;

    fn read(file: &str) -> String {
        let path = format!("{}/../charts/todo-operator/{file}", env!("CARGO_MANIFEST_DIR"));
        std::fs::read_to_string(&path).expect("the chart is part of the repository")
    }

    #[test]
    fn every_flag_of_the_deployment_exists() {
        let help = stdout(&["run", "--help"], "");
        let deployment = read("templates/deployment.yaml");
        let flags: Vec<&str> = deployment
            .split_whitespace()
            .filter(|word| word.starts_with("--"))
            .filter_map(|word| word.split('=').next())
            .collect();
        assert!(flags.len() >= 10, "{flags:?}");
        for flag in flags {
            assert!(help.contains(&format!("{flag} <")), "run does not know {flag}");
        }
    }

    #[test]
    fn the_image_catalogue_is_documented_as_built_in() {
        let (help, values) = (stdout(&["run", "--help"], ""), read("values.yaml"));
        let defaults: Vec<&str> = values.lines().filter_map(|line| line.trim().strip_prefix("# ")).collect();
        let documented = defaults.iter().filter_map(|line| line.split_once("Default: "));
        let images: Vec<&str> = documented.map(|(_, image)| image).collect();
        assert_eq!(images.len(), 3, "{images:?}");
        for image in images {
            assert!(help.contains(&format!("[default: {image}]")), "{image} is not the default");
        }
    }
}

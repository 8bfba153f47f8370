//! Bodies of requests are closed: the API refuses members that it does not know.

use std::collections::BTreeSet;

use serde_json::Value;

const SCHEMAS: &str = "#/components/schemas/";

/// Sets `additionalProperties: false` on each object schema that a request's body leads to.
pub(super) fn close(document: &mut Value) {
    let mut waiting: Vec<String> = Vec::new();
    for path in document["paths"].as_object().into_iter().flat_map(|paths| paths.values()) {
        for operation in path.as_object().into_iter().flat_map(|operations| operations.values()) {
            references(&operation["requestBody"], &mut waiting);
        }
    }
    let mut seen = BTreeSet::new();
    while let Some(name) = waiting.pop() {
        let Some(schema) = document["components"]["schemas"].get_mut(&name) else { continue };
        if seen.insert(name) {
            references(schema, &mut waiting);
            close_schema(schema);
        }
    }
}

/// Names of the schemas that a part of the document refers to.
fn references(part: &Value, names: &mut Vec<String>) {
    match part {
        Value::Object(members) => {
            let reference = members.get("$ref").and_then(Value::as_str);
            names.extend(reference.and_then(|at| at.strip_prefix(SCHEMAS)).map(str::to_owned));
            members.values().for_each(|member| references(member, names));
        }
        Value::Array(items) => items.iter().for_each(|item| references(item, names)),
        _ => {}
    }
}

fn close_schema(schema: &mut Value) {
    let closed = schema["properties"].is_object() && schema.get("additionalProperties").is_none();
    if closed {
        schema["additionalProperties"] = false.into();
    }
    for composed in ["oneOf", "anyOf"] {
        schema.get_mut(composed).and_then(Value::as_array_mut).into_iter().flatten().for_each(close_schema);
    }
}

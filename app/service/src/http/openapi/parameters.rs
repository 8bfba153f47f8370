//! Parameters as they are: a header is a text or absent, never null, and some have a form.

use serde_json::{Map, Value, json};

/// Gives every parameter its type without null, and the headers that operations share their form and an example.
pub(super) fn complete(document: &mut Value) {
    let paths = document["paths"].as_object_mut().into_iter().flat_map(Map::values_mut);
    let operations = paths.flat_map(|path| path.as_object_mut().into_iter().flat_map(Map::values_mut));
    for operation in operations {
        let parameters = operation.get_mut("parameters").and_then(Value::as_array_mut);
        parameters.into_iter().flatten().for_each(complete_parameter);
    }
}

fn complete_parameter(parameter: &mut Value) {
    let schema = &mut parameter["schema"];
    if let Some(types) = schema["type"].as_array_mut() {
        types.retain(|kind| kind != "null");
        if let [kind] = &types[..] {
            schema["type"] = kind.clone();
        }
    }
    match parameter["name"].as_str() {
        Some("idempotency-key") => {
            parameter["schema"] = json!({
                "type": "string", "minLength": 1, "maxLength": 255, "pattern": "^[!-~]([ -~]*[!-~])?$",
            });
            parameter["example"] = "7f2c1e0a-6f0b-4a53-9a44-0d2e3a1b5c6d".into();
        }
        Some("if-match") => {
            // A list of entity tags (RFC 9110 §13.1.1); none of ours has a comma.
            let tag = "(W/)?\"[!#-+\\x2D-~]*\"";
            parameter["schema"] =
                json!({"type": "string", "minLength": 1, "pattern": format!("^(\\*|{tag}(, ?{tag})*)$")});
            parameter["example"] = "\"3\"".into();
        }
        _ => {}
    }
}

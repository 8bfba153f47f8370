use super::*;

/// Each operation with its method and path.
fn operations(document: &Value) -> Vec<(String, &Value)> {
    let paths = document["paths"].as_object().expect("paths");
    paths
        .iter()
        .flat_map(|(path, item)| {
            let methods = item.as_object().expect("operations");
            methods.iter().map(move |(method, operation)| (format!("{method} {path}"), operation))
        })
        .collect()
}

#[test]
fn every_operation_has_a_summary_an_id_and_a_known_tag() {
    let document = completed();
    let tags: Vec<&Value> =
        document["tags"].as_array().expect("tags").iter().map(|tag| &tag["name"]).collect();
    let mut ids = std::collections::BTreeSet::new();
    for (name, operation) in operations(&document) {
        assert!(
            operation["summary"].as_str().is_some_and(|summary| !summary.is_empty()),
            "{name}: no summary"
        );
        let id = operation["operationId"].as_str().expect("an operationId");
        assert!(ids.insert(id.to_owned()), "{name}: the operationId {id} is taken");
        let tag = &operation["tags"][0];
        assert!(tags.contains(&tag), "{name}: the tag {tag} is not described");
    }
}

#[test]
fn every_refusal_is_a_problem_with_an_example_and_no_range_is_left() {
    let document = completed();
    for (name, operation) in operations(&document) {
        let responses = operation["responses"].as_object().expect("responses");
        assert!(responses.keys().all(|status| status.parse::<u16>().is_ok()), "{name}");
        for always in ["429", "500", "503"] {
            assert!(responses.contains_key(always), "{name}: {always} is missing");
        }
        assert!(
            responses.values().all(|one| one["$ref"].is_string() || one["description"].is_string()),
            "{name}"
        );
        for (status, response) in responses.iter().filter(|(status, _)| *status >= &"400".to_owned()) {
            let response = match response["$ref"].as_str() {
                Some(at) => document.pointer(at.trim_start_matches('#')).expect("a component"),
                None => response,
            };
            let content = &response["content"]["application/problem+json"];
            assert_eq!(content["schema"]["$ref"], "#/components/schemas/Problem", "{name} {status}");
            assert_eq!(content["example"]["status"].to_string(), *status, "{name}");
        }
    }
}

#[test]
fn refusals_follow_from_what_an_operation_takes() {
    let document = completed();
    let statuses = |path: &str, method: &str| {
        let responses = document["paths"][path][method]["responses"].as_object().expect("responses");
        responses.keys().map(String::as_str).collect::<Vec<_>>().join(" ")
    };
    assert!(statuses("/v1/tasks/{id}", "get").starts_with("200 304 "));
    assert!(statuses("/v1/tasks/{id}", "get").contains(" 404 429 500 503"));
    let patch = statuses("/v1/tasks/{id}", "patch");
    for status in ["200", "400", "401", "404", "409", "412", "413", "415", "422", "429", "500", "503"] {
        assert!(patch.contains(status), "{patch}: {status} is missing");
    }
    assert!(!statuses("/v1/auth/sign-up", "post").contains("401"));
    let taken = &document["paths"]["/v1/auth/sign-up"]["post"]["responses"]["409"]["content"];
    assert_eq!(taken["application/problem+json"]["example"]["code"], "email_taken");
}

#[test]
fn bodies_of_requests_are_closed_and_have_examples() {
    let document = completed();
    for (name, operation) in operations(&document) {
        let Some(body) = operation.get("requestBody") else { continue };
        let schema = &body["content"]["application/json"]["schema"];
        // A body that may be absent is one of null and its schema.
        let named =
            schema["oneOf"].as_array().and_then(|either| either.iter().find(|one| one["$ref"].is_string()));
        let at = named.unwrap_or(schema)["$ref"].as_str().expect("a named schema");
        let schema = document.pointer(at.trim_start_matches('#')).expect("a schema");
        assert_eq!(schema["additionalProperties"], false, "{name}");
        let required = schema["required"].as_array().cloned().unwrap_or_default();
        let properties = required.iter().filter_map(Value::as_str).map(|field| &schema["properties"][field]);
        let has_examples =
            schema["example"].is_object() || properties.clone().all(|one| !one["example"].is_null());
        assert!(has_examples, "{name}: no example");
    }
    assert_eq!(document["components"]["schemas"]["DueInput"]["additionalProperties"], false);
    assert!(document["components"]["schemas"]["Task"].get("additionalProperties").is_none());
}

#[test]
fn the_document_is_made_once_and_has_a_strong_tag() {
    let (text, tag) = &*SERVED;
    assert_eq!(serde_json::from_slice::<Value>(text).expect("json"), completed());
    let tag = tag.to_str().expect("text");
    assert!(tag.len() == 18 && tag.starts_with('"') && tag.ends_with('"'), "{tag}");
}

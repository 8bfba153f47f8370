//! Responses and headers that operations share. An operation documents its success and the refusals of its own, each
//! with a status and a description; the rest follows from what the operation takes.

use http::StatusCode;
use serde_json::{Map, Value, json};

/// A refusal that many operations have.
struct Refusal {
    status: u16,
    /// When it comes.
    description: &'static str,
    code: &'static str,
    detail: &'static str,
    field: Option<&'static str>,
    /// Whether an operation can answer it.
    of: fn(&Operation<'_>) -> bool,
}

const REFUSALS: [Refusal; 12] = [
    Refusal {
        status: 400,
        description: "A field, parameter or header is missing, unknown or invalid; `field` names it.",
        code: "invalid_input",
        detail: "must be between 1 and 100",
        field: Some("limit"),
        of: |operation| takes_body(operation) || operation.takes("query") || operation.takes("header"),
    },
    Refusal {
        status: 401,
        description: "The token is missing, invalid or expired, or its account does not exist.",
        code: "unauthorized",
        detail: "the token is invalid or has expired",
        field: None,
        of: is_secured,
    },
    Refusal {
        status: 403,
        description: "The token does not allow this.",
        code: "insufficient_scope",
        detail: "the token needs the scope tasks:write",
        field: None,
        of: |operation| is_secured(operation) && operation.has_scopes,
    },
    Refusal {
        status: 404,
        description: "There is no such resource, or it belongs to another user.",
        code: "not_found",
        detail: "there is no such resource",
        field: None,
        of: |operation| operation.takes("path"),
    },
    Refusal {
        status: 409,
        description: "The first request with this key is still at work.",
        code: "idempotency_key_in_flight",
        detail: "the first request with this key is still at work; repeat it later",
        field: Some("idempotency-key"),
        of: |operation| operation.takes_header("idempotency-key"),
    },
    Refusal {
        status: 412,
        description: "The resource does not have the entity tag of `if-match`.",
        code: "precondition_failed",
        detail: "the task is at version 3: read it again and repeat the change",
        field: Some("if-match"),
        of: |operation| operation.takes_header("if-match"),
    },
    Refusal {
        status: 413,
        description: "The body is longer than 128 KiB.",
        code: "payload_too_large",
        detail: "the body must have at most 131072 bytes",
        field: Some("body"),
        of: takes_body,
    },
    Refusal {
        status: 415,
        description: "The body is not declared as JSON.",
        code: "unsupported_media_type",
        detail: "the body must be JSON: send content-type: application/json",
        field: None,
        of: takes_body,
    },
    Refusal {
        status: 422,
        description: "The key was used for another request.",
        code: "idempotency_key_reused",
        detail: "the key was used for another request: make a new one for each request",
        field: Some("idempotency-key"),
        of: |operation| operation.takes_header("idempotency-key"),
    },
    Refusal {
        status: 429,
        description: "Too many requests; `retry-after` says when to send the next one.",
        code: "rate_limited",
        detail: "too many requests; send the next one in 1 s",
        field: None,
        of: |_| true,
    },
    Refusal {
        status: 500,
        description: "The request could not be processed; the log knows more.",
        code: "processing_error",
        detail: "the request could not be processed; the log knows more under the request id",
        field: None,
        of: |_| true,
    },
    Refusal {
        status: 503,
        description: "Something that the request needs is not available; try again.",
        code: "unavailable",
        detail: "the database is not available; try again",
        field: None,
        of: |_| true,
    },
];

/// An operation of the document, seen by what it takes.
struct Operation<'a> {
    members: &'a Map<String, Value>,
    has_scopes: bool,
}

impl Operation<'_> {
    fn takes(&self, place: &str) -> bool {
        self.parameters().any(|parameter| parameter["in"] == place)
    }

    fn takes_header(&self, name: &str) -> bool {
        self.parameters().any(|parameter| parameter["in"] == "header" && parameter["name"] == name)
    }

    fn parameters(&self) -> impl Iterator<Item = &Value> {
        self.members.get("parameters").and_then(Value::as_array).into_iter().flatten()
    }
}

fn takes_body(operation: &Operation<'_>) -> bool {
    operation.members.contains_key("requestBody")
}

/// Whether it needs a token: all do that do not say otherwise with an empty requirement.
fn is_secured(operation: &Operation<'_>) -> bool {
    let requirements = operation.members.get("security").and_then(Value::as_array);
    requirements.is_none_or(|all| all.iter().all(|one| one.as_object().is_some_and(|one| !one.is_empty())))
}

/// Adds the refusals, their examples and the headers to every operation.
pub(super) fn complete(document: &mut Value) {
    let has_scopes = document["components"]["securitySchemes"]["personal_token"].is_object();
    let paths = document["paths"].as_object_mut().into_iter().flat_map(Map::values_mut);
    for path in paths {
        for (method, operation) in path.as_object_mut().into_iter().flatten() {
            let Some(members) = operation.as_object_mut() else { continue };
            add_refusals(members, has_scopes);
            if method == "get" {
                add_revalidation(members);
            }
            add_headers(members);
        }
    }
    document["components"]["responses"] = REFUSALS.iter().map(component).collect();
    document["components"]["headers"] = headers();
}

/// `4XX` stands for the refusals that follow from the operation.
fn add_refusals(members: &mut Map<String, Value>, has_scopes: bool) {
    let operation = Operation { members, has_scopes };
    let shared: Vec<&Refusal> = REFUSALS.iter().filter(|refusal| (refusal.of)(&operation)).collect();
    let Some(responses) = members.get_mut("responses").and_then(Value::as_object_mut) else { return };
    responses.remove("4XX");
    for refusal in shared {
        let reference = json!({"$ref": format!("#/components/responses/{}", name(refusal.status))});
        responses.entry(refusal.status.to_string()).or_insert(reference);
    }
    for (status, response) in responses {
        let refused = status.starts_with('4') || status.starts_with('5');
        if refused && response.get("$ref").is_none() {
            response["content"] = problem(status, response["description"].as_str().unwrap_or_default());
        }
    }
}

/// Content of a refusal of the operation's own.
fn problem(status: &str, description: &str) -> Value {
    let status = status.parse().unwrap_or_default();
    let shared = REFUSALS.iter().find(|refusal| refusal.status == status);
    // A description may begin with its code: "`tag_exists`: another tag has this name".
    let own = description.strip_prefix('`').and_then(|text| text.split_once('`')).map(|(code, _)| code);
    let code = own.or(shared.map(|refusal| refusal.code)).unwrap_or("refused");
    content(&example(status, code, description, None))
}

fn component(refusal: &Refusal) -> (String, Value) {
    let Refusal { status, description, code, detail, field, .. } = refusal;
    let mut response = json!({
        "description": description,
        "content": content(&example(*status, code, detail, *field)),
        "headers": {"x-request-id": reference("RequestId")},
    });
    match status {
        401 | 403 => response["headers"]["www-authenticate"] = reference("WwwAuthenticate"),
        429 => {
            response["headers"]["retry-after"] = reference("RetryAfter");
            response["headers"]["ratelimit-policy"] = reference("RateLimitPolicy");
            response["headers"]["ratelimit"] = reference("RateLimit");
        }
        503 => response["headers"]["retry-after"] = reference("RetryAfter"),
        _ => {}
    }
    (name(*status), response)
}

fn name(status: u16) -> String {
    format!("Problem{status}")
}

fn reference(header: &str) -> Value {
    json!({"$ref": format!("#/components/headers/{header}")})
}

fn content(example: &Value) -> Value {
    json!({"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}, "example": example}})
}

fn reason(status: u16) -> &'static str {
    StatusCode::from_u16(status).ok().and_then(|status| status.canonical_reason()).unwrap_or_default()
}

fn example(status: u16, code: &str, detail: &str, field: Option<&str>) -> Value {
    let mut example = json!({
        "status": status, "title": reason(status), "code": code, "detail": detail,
        "request_id": "01a21149-e987-7622-b123-77c6b8809e26",
    });
    if let Some(field) = field {
        example["field"] = field.into();
    }
    example
}

/// A GET whose answer has an entity tag can be revalidated.
fn add_revalidation(members: &mut Map<String, Value>) {
    let headers = members.get("responses").map(|responses| &responses["200"]["headers"]);
    if headers.is_none_or(|headers| headers.get("etag").is_none()) {
        return;
    }
    members["responses"]["304"] =
        json!({"description": "The resource still has an entity tag of `if-none-match`."});
    let parameter = json!({
        "name": "if-none-match", "in": "header", "required": false, "schema": {"type": "string"},
        "description": "`etag` values that the client has",
    });
    if let Some(parameters) = members.entry("parameters").or_insert(json!([])).as_array_mut() {
        parameters.push(parameter);
    }
}

/// Headers of every answer, and those of the rate limit on answers to a user.
fn add_headers(members: &mut Map<String, Value>) {
    let secured = is_secured(&Operation { members, has_scopes: false });
    let Some(responses) = members.get_mut("responses").and_then(Value::as_object_mut) else { return };
    let own = responses.iter_mut().filter(|(_, response)| response.get("$ref").is_none());
    for (status, response) in own {
        if response.get("description").is_none() {
            response["description"] = reason(status.parse().unwrap_or_default()).into();
        }
        response["headers"]["x-request-id"] = reference("RequestId");
        if secured {
            response["headers"]["ratelimit-policy"] = reference("RateLimitPolicy");
            response["headers"]["ratelimit"] = reference("RateLimit");
        }
    }
}

fn headers() -> Value {
    let text = |description: &str, example: &str| json!({"description": description, "schema": {"type": "string"}, "example": example});
    json!({
        "RequestId": text("Id of the request in the logs", "01a21149-e987-7622-b123-77c6b8809e26"),
        "WwwAuthenticate": text("How to authenticate (RFC 6750)", "Bearer"),
        "RetryAfter": {
            "description": "Seconds until a repetition is worth while",
            "schema": {"type": "integer", "minimum": 1}, "example": 1,
        },
        "RateLimitPolicy": text(
            "Requests (`q`) per window of `w` seconds, in each process of the API; absent when limits are off",
            "\"user\";q=1200;w=60",
        ),
        "RateLimit": text(
            "Requests that are left (`r`), and seconds until all are there again (`t`)",
            "\"user\";r=1199;t=1",
        ),
    })
}

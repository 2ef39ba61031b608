//! The table of fields, and the meaning of the values that a field chooses from.

use super::Need::{Expected, Optional, Required};
use super::{Field, Need, Scope, Takes};
use crate::bundle::{Method, Metric, PrimitiveIntent};

/// All fields; those of one mapping in the order in which people write them.
pub static FIELDS: &[Field] = &[
    of(Scope::Bundle, "name", Required, Takes::Text)
        .about("The bundle's name, as the platform shows it.", "online-shop"),
    of(Scope::Bundle, "description", Optional, Takes::Text)
        .about("What the bundle is for, in a sentence.", "Accounts and orders of an online shop"),
    of(Scope::Bundle, "version", Optional, Takes::Version)
        .about("The bundle's version: three numbers by the rules of semver.org.", "1.0.0"),
    of(Scope::Bundle, "services", Required, Takes::List(Scope::ListedService)).about(
        "The service files that belong to the bundle. A service file that is not listed is not deployed.",
        "- path: services/user-service.yaml",
    ),
    of(Scope::ListedService, "path", Required, Takes::ServicePath).about(
        "A service file, relative to bundle.yaml, with `/` between folders. Its module is wasm/<service>.wasm.",
        "services/user-service.yaml",
    ),
    of(Scope::ListedService, "name", Optional, Takes::Text)
        .about("A name for readers of the list. References use the name in the service's own file.", "user-service"),
    of(Scope::ListedService, "description", Optional, Takes::Text)
        .about("What the service is for, for readers of the list.", "Accounts"),
    of(Scope::Service, "name", Required, Takes::ServiceName).about(
        "The service's name: unique in the bundle, the same as its file's and its module's. References hold it: \
         wasm:<name>:<function>.",
        "user-service",
    ),
    of(Scope::Service, "description", Optional, Takes::Text)
        .about("What the service is for, in a sentence.", "Creates and finds users"),
    of(Scope::Service, "version", Optional, Takes::Version)
        .about("The service's version: three numbers by the rules of semver.org.", "1.0.0"),
    of(Scope::Service, "api", Optional, Takes::Mapping(Scope::Api))
        .about("The HTTP requests that the service answers.", "basePath: /api/v1/users"),
    of(Scope::Service, "intents", Optional, Takes::List(Scope::Intent)).about(
        "What happens by itself: when a sensor fires, a function runs.",
        "- name: validateUser\n  whenSensor: userCreated\n  toFunc: wasm:user-service:validateUserData",
    ),
    of(Scope::Service, "goals", Optional, Takes::List(Scope::Goal)).about(
        "What the service promises: metrics with their targets. The workbench measures them.",
        "- name: responseTime\n  metric: latency\n  target: \"< 50ms\"",
    ),
    of(Scope::Service, "priority", Optional, Takes::Anything)
        .about("How urgent the service is to the platform: critical, high or normal.", "normal"),
    of(Scope::Service, "futures", Optional, Takes::Anything)
        .about("Named by the platform's overview without details; kept as it is.", "[]"),
    of(Scope::Api, "basePath", Optional, Takes::Route)
        .about("Stands before the path of each endpoint.", "/api/v1/users"),
    of(Scope::Api, "endpoints", Optional, Takes::List(Scope::Endpoint)).about(
        "The requests that the service answers, each with the function that does so.",
        "- name: createUser\n  method: POST\n  path: /\n  to: wasm:user-service:createUser",
    ),
    of(Scope::Endpoint, "name", Required, Takes::Text)
        .about("The endpoint's name, unique in the service.", "createUser"),
    of(Scope::Endpoint, "method", Required, Takes::Method)
        .about("The HTTP method that the endpoint answers, in capitals.", "POST"),
    of(Scope::Endpoint, "path", Required, Takes::Route).about(
        "The path after the service's base path. A segment such as {id} is a parameter; its value comes into the \
         function's input under that name.",
        "/{id}",
    ),
    of(Scope::Endpoint, "to", Required, Takes::Reference).about(
        "The function that answers: wasm:<service>:<function> for a function of a module, func:<function> for one of \
         the platform itself.",
        "wasm:user-service:createUser",
    ),
    of(Scope::Endpoint, "description", Optional, Takes::Text)
        .about("What the endpoint does, in a sentence.", "Creates a user"),
    of(Scope::Intent, "name", Required, Takes::Text).about("The intent's name, unique in the service.", "validateUser"),
    of(Scope::Intent, "whenSensor", Required, Takes::Sensor).about(
        "The sensor that starts the intent. Sensors are matched by their exact name; functions fire them by naming \
         them in their output.",
        "userCreated",
    ),
    of(Scope::Intent, "toFunc", Required, Takes::Reference)
        .about("The function that runs: wasm:<service>:<function>.", "wasm:user-service:validateUserData"),
    of(Scope::Intent, "primitiveIntent", Expected, Takes::Primitive)
        .about("What kind of thing the intent does.", "validation"),
    of(Scope::Intent, "cooldown", Optional, Takes::Duration)
        .about("The least time between two executions; what the sensor fires in between is not answered.", "500ms"),
    of(Scope::Intent, "retries", Optional, Takes::Retries)
        .about("How many further attempts follow a failure, from 0 to 1000.", "2"),
    of(Scope::Intent, "expectedDuration", Optional, Takes::Duration)
        .about("How long one execution is expected to take.", "50ms"),
    of(Scope::Intent, "expiresIn", Optional, Takes::Duration)
        .about("After this time the intent is no longer worth executing, retries included.", "5m"),
    of(Scope::Intent, "description", Optional, Takes::Text)
        .about("What the intent is for, in a sentence.", "Checks the data of a new user"),
    of(Scope::Goal, "name", Required, Takes::Text).about("The goal's name, unique in the service.", "responseTime"),
    of(Scope::Goal, "metric", Required, Takes::Metric)
        .about("What is measured. Other metrics than the known ones are kept, but no verdict is given.", "latency"),
    of(Scope::Goal, "target", Required, Takes::Target).about(
        "The value that the metric must reach: a comparison with a quantity, or a range. A text that begins with > \
         needs quotation marks.",
        "\"< 50ms\"",
    ),
    of(Scope::Goal, "description", Optional, Takes::Text)
        .about("Why the goal is what it is, in a sentence.", "Nobody waits for a page"),
];

const fn of(scope: Scope, key: &'static str, need: Need, takes: Takes) -> Field {
    Field { scope, key, need, takes, documentation: "", example: "" }
}

impl Field {
    const fn about(mut self, documentation: &'static str, example: &'static str) -> Self {
        self.documentation = documentation;
        self.example = example;
        self
    }
}

pub(super) fn method(method: Method) -> &'static str {
    match method {
        Method::Get => "Asks for something and changes nothing.",
        Method::Post => "Creates something, or starts work; twice is not the same as once.",
        Method::Put => "Puts something in place of what was there; twice is the same as once.",
        Method::Delete => "Removes something.",
        Method::Patch => "Changes a part of something.",
    }
}

pub(super) fn primitive(intent: PrimitiveIntent) -> &'static str {
    match intent {
        PrimitiveIntent::StateMutation => "Changes what is stored.",
        PrimitiveIntent::Validation => "Checks whether something is as it should be.",
        PrimitiveIntent::Workflow => "Takes a process of several steps further.",
        PrimitiveIntent::Transaction => "Does several things of which all happen or none.",
        PrimitiveIntent::Notification => "Tells somebody about something.",
        PrimitiveIntent::Cleanup => "Removes what is no longer needed.",
    }
}

pub(super) fn metric(metric: &Metric) -> &'static str {
    match metric {
        Metric::Latency => "How long a call takes: a time, judged by its 95th percentile.",
        Metric::Throughput => "How many calls are answered in a second: a rate.",
        Metric::ErrorRate => "The share of calls that fail: a percentage.",
        Metric::SuccessRate => "The share of calls that succeed: a percentage.",
        Metric::Memory => "How much memory a call takes at most: a number of bytes.",
        Metric::Other(_) => "Kept as it is; the workbench does not measure it.",
    }
}

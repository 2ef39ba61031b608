//! Values of fields.

use crate::shop::{Shop, USERS, labels, taken, taken_in};

fn goal(target: &str, metric: &str) -> String {
    format!("goals:\n  - name: a\n    metric: {metric}\n    target: {target}\n")
}

#[test]
fn fixed_sets_of_values_are_offered_whole_and_filtered() {
    assert_eq!(labels("api: {endpoints: [{method: |}]}"), ["GET", "POST", "PUT", "DELETE", "PATCH"]);
    assert_eq!(labels("api:\n  endpoints:\n    - method: p|\n"), ["POST", "PUT", "PATCH"]);
    assert_eq!(taken("api:\n  endpoints:\n    - method: P|SOT\n", "POST"), "api:\n  endpoints:\n    - method: POST|\n");
    assert_eq!(taken("api:\n  endpoints:\n    - method:|\n", "GET"), "api:\n  endpoints:\n    - method: GET|\n");
    assert_eq!(labels("intents:\n  - primitiveIntent: no|\n"), ["notification"]);
    assert_eq!(labels("goals:\n- metric: r|\n")[..1], ["responseTime"]);
    assert_eq!(taken("goals:\n- metric:\n    thr|\n", "throughput"), "goals:\n- metric:\n    throughput|\n");
}

#[test]
fn values_between_quotation_marks_stay_between_them() {
    assert_eq!(taken("goals:\n- metric: \"lat|\"\n", "latency"), "goals:\n- metric: \"latency|\"\n");
    assert_eq!(taken("goals:\n- metric: 'lat|\n", "latency"), "goals:\n- metric: 'latency'|\n");
    assert!(labels("goals:\n- metric: \"latency\"|\n").is_empty(), "behind the closing mark");
}

#[test]
fn targets_fit_their_metric_and_are_quoted() {
    assert_eq!(labels(&goal("|", "latency"))[0], "< 50ms");
    assert!(labels(&goal("|", "throughput"))[0].contains("/s"));
    assert!(labels(&goal("|", "errorRate"))[0].contains('%'));
    assert!(labels(&goal("|", "memory"))[0].contains("MiB"));
    assert_eq!(taken(&goal("|", "latency"), "< 50ms"), goal("\"< 50ms\"|", "latency"));
    assert_eq!(taken(&goal("\"|\"", "latency"), "< 50ms"), goal("\"< 50ms|\"", "latency"));
    assert_eq!(taken(&goal("\"< |", "latency"), "< 50ms"), goal("\"< 50ms\"|", "latency"));
    assert_eq!(taken(&goal("<|", "latency"), "<= 1s"), goal("\"<= 1s\"|", "latency"));
    assert_eq!(taken(&goal("< |", "latency"), "< 50ms"), goal("\"< 50ms\"|", "latency"));
    assert_eq!(taken(&goal(">|", "throughput"), "> 100/s"), goal("\"> 100/s\"|", "throughput"));
}

#[test]
fn durations_take_the_number_that_was_typed() {
    let intent = |text: &str| format!("intents:\n  - name: a\n    cooldown: {text}\n");
    assert_eq!(labels(&intent("15|")), ["15ms", "15s", "15m", "15h", "15d"]);
    assert!(labels(&intent("|")).contains(&"1h30m".to_owned()));
    assert_eq!(taken(&intent("15|"), "15m"), intent("15m|"));
}

#[test]
fn sensors_are_those_of_the_bundle_but_for_the_one_being_typed() {
    let text = "intents:\n  - name: a\n    whenSensor: |\n";
    assert_eq!(labels(text), ["userCreated"]);
    let shop = Shop::with(&[(USERS, "name: user-service\nintents:\n  - name: a\n    whenSensor: userCr\n")]);
    let found = shop.complete(USERS, "name: user-service\nintents:\n  - name: a\n    whenSensor: userCr|\n");
    let found: Vec<&str> = found.items.iter().map(|item| item.label.as_str()).collect();
    assert_eq!(found, ["userCreated"]);
}

#[test]
fn sensors_that_need_quotation_marks_get_them() {
    let shop = Shop::with(&[(USERS, "name: user-service\nintents:\n  - name: a\n    whenSensor: \"a: b\"\n")]);
    let text = "intents:\n  - name: b\n    whenSensor: |\n";
    let file = crate::shop::ORDERS;
    assert_eq!(taken_in(&shop, file, text, "a: b"), "intents:\n  - name: b\n    whenSensor: \"a: b\"|\n");
    let text = "intents:\n  - name: b\n    whenSensor: '|'\n";
    assert_eq!(taken_in(&shop, file, text, "a: b"), "intents:\n  - name: b\n    whenSensor: 'a: b|'\n");
}

#[test]
fn service_files_that_are_not_listed_are_offered() {
    let shop = Shop::new();
    let text = "services:\n  - path: services/user-service.yaml\n  - path: |\n";
    let found: Vec<String> = shop.complete("bundle.yaml", text).items.into_iter().map(|item| item.label).collect();
    assert_eq!(found, ["services/audit-log.yaml", "services/order-service.yaml"]);
    let text = "services:\n  - path: services/au|\n";
    assert_eq!(
        taken_in(&shop, "bundle.yaml", text, "services/audit-log.yaml"),
        "services:\n  - path: services/audit-log.yaml|\n"
    );
}

#[test]
fn a_name_is_that_of_the_file_and_free_text_gets_nothing() {
    assert_eq!(labels("name: |\n"), ["user-service"]);
    assert!(labels("description: na|\n").is_empty());
    assert!(labels("priority: |\n").is_empty());
    assert!(labels("unknown: |\n").is_empty());
}

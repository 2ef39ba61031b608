//! What `measure` is asked to call: the functions that goals speak of, one function, or one endpoint.

use crate::bundle::{Bundle, Endpoint, FunctionRef, Goal, Service, names};
use crate::cli::invoke;
use crate::measure::{GoalRun, StartingInput, goal_runs, mixed_inputs};
use crate::platform::Router;
use crate::platform::http::split_target;

use super::args::MeasureArgs;

/// One function to call, and how.
#[derive(Clone, Debug)]
pub struct Subject {
    /// The function with its inputs.
    pub run: GoalRun,
    /// The endpoint to call it through, by its service's name and its own; else it is called itself.
    pub endpoint: Option<(String, String)>,
    /// The goal alone that it is judged by; all of its service's goals without it.
    pub goal: Option<String>,
    /// Whether a goal speaks of it at all.
    pub has_goals: bool,
}

impl Subject {
    /// What a table calls it.
    pub fn title(&self) -> String {
        match &self.endpoint {
            Some((service, endpoint)) => format!("{service} {endpoint}"),
            None => format!("{}:{}", self.run.module, self.run.function),
        }
    }

    /// The goals that it is judged by.
    pub fn goals<'a>(&self, bundle: &'a Bundle) -> Vec<&'a Goal> {
        let goals = bundle.service(&self.run.service).map_or(&[][..], |service| service.goals.as_slice());
        let is_asked = |goal: &&Goal| self.goal.as_ref().is_none_or(|name| *name == goal.name.value);
        goals.iter().filter(|_| self.has_goals).filter(is_asked).collect()
    }

    fn of(run: GoalRun) -> Self {
        Self { run, endpoint: None, goal: None, has_goals: true }
    }
}

/// What the arguments ask for; never empty.
///
/// # Errors
/// Why there is nothing to measure, and what would be right.
pub fn subjects(args: &MeasureArgs, bundle: &Bundle) -> Result<Vec<Subject>, String> {
    let mut found = match (&args.goal, &args.function, &args.endpoint) {
        (Some(goal), _, _) => of_goal(goal, bundle)?,
        (_, Some(function), _) => of_function(function, bundle)?,
        (_, _, Some(endpoint)) => vec![of_endpoint(endpoint, bundle)?],
        _ => of_goals(args.only.as_deref(), bundle)?,
    };
    if let Some(argument) = &args.input {
        let bytes = invoke::read_argument(argument, args.limits.limits().input)?;
        let json = String::from_utf8(bytes).map_err(|_| "the input is not UTF-8".to_owned())?;
        for subject in &mut found {
            subject.run.inputs = vec![StartingInput { json: json.clone(), origin: "the given input".into() }];
        }
    }
    Ok(found)
}

/// Everything that the bundle's goals speak of.
pub fn of_all_goals(bundle: &Bundle) -> Vec<Subject> {
    goal_runs(bundle).into_iter().map(Subject::of).collect()
}

fn of_goals(only: Option<&str>, bundle: &Bundle) -> Result<Vec<Subject>, String> {
    let mut runs = goal_runs(bundle);
    let any = !runs.is_empty();
    runs.retain(|run| only.is_none_or(|only| run.function.contains(only)));
    match (runs.is_empty(), any) {
        (false, _) => Ok(runs.into_iter().map(Subject::of).collect()),
        (true, true) => Err(format!(
            "nothing to measure: no function that goals speak of holds `{}` in its name",
            names::shown(only.unwrap_or_default())
        )),
        (true, false) => Err("nothing to measure: no service with goals refers to a function of a module; name \
                              one with --function wasm:SERVICE:FUNCTION"
            .into()),
    }
}

fn of_goal(name: &str, bundle: &Bundle) -> Result<Vec<Subject>, String> {
    let has = |service: &Service| service.goals.iter().any(|goal| goal.name.value == name);
    let services: Vec<&str> =
        bundle.services.iter().filter(|service| has(service)).map(|service| service.name.value.as_str()).collect();
    if services.is_empty() {
        let all = bundle.services.iter().flat_map(|service| &service.goals).map(|goal| goal.name.value.as_str());
        return Err(unknown("goal", name, all));
    }
    let runs = goal_runs(bundle).into_iter().filter(|run| services.contains(&run.service.as_str()));
    let found: Vec<Subject> = runs.map(|run| Subject { goal: Some(name.to_owned()), ..Subject::of(run) }).collect();
    if found.is_empty() {
        let services = services.join(", ");
        return Err(format!(
            "nothing to measure: no endpoint and no intent of {services} refers to a function of a module"
        ));
    }
    Ok(found)
}

fn of_function(reference: &str, bundle: &Bundle) -> Result<Vec<Subject>, String> {
    let (module, function) = invoke::parse_function(reference)?;
    let is_it = |run: &GoalRun| run.module == module && names::same_function(&run.function, &function);
    let found: Vec<Subject> = goal_runs(bundle).into_iter().filter(is_it).map(Subject::of).collect();
    if !found.is_empty() {
        return Ok(found);
    }
    let inputs = mixed_inputs(bundle, &module, &function);
    let run =
        GoalRun { service: module.clone(), module, function, referred_by: Vec::new(), endpoints: Vec::new(), inputs };
    Ok(vec![Subject { has_goals: false, ..Subject::of(run) }])
}

fn of_endpoint(text: &str, bundle: &Bundle) -> Result<Subject, String> {
    let (service, endpoint) = named_endpoint(text, bundle)?;
    let (service_name, name) = (service.name.value.clone(), endpoint.name.value.clone());
    let Some(FunctionRef::Wasm { service: module, function }) = endpoint.to.as_ref().map(|to| &to.value) else {
        return Err(format!("the endpoint {} leads to no function of a module", names::shown(&name)));
    };
    let run = GoalRun {
        service: service_name.clone(),
        module: module.clone(),
        function: function.clone(),
        referred_by: vec![format!("endpoint {name}")],
        endpoints: vec![name.clone()],
        inputs: mixed_inputs(bundle, module, function),
    };
    Ok(Subject { endpoint: Some((service_name, name)), has_goals: !service.goals.is_empty(), ..Subject::of(run) })
}

/// The endpoint of this name, or the one that answers this method and path.
fn named_endpoint<'a>(text: &str, bundle: &'a Bundle) -> Result<(&'a Service, &'a Endpoint), String> {
    let all = || bundle.services.iter().flat_map(|service| service.endpoints.iter().map(move |one| (service, one)));
    if let Some((method, target)) = text.trim().split_once(' ') {
        let router = Router::of(bundle);
        let resolved = router
            .resolve(&method.to_uppercase(), split_target(target.trim()).0)
            .map_err(|_| format!("no endpoint answers `{}`; `list` shows all", names::shown(text)))?;
        let route = resolved.route;
        let found =
            all().find(|(service, one)| service.name.value == route.service && one.name.value == route.endpoint);
        return found.ok_or_else(|| format!("no endpoint answers `{}`", names::shown(text)));
    }
    let found: Vec<_> = all().filter(|(_, one)| one.name.value == text).collect();
    match found.as_slice() {
        [one] => Ok(*one),
        [] => Err(unknown("endpoint", text, all().map(|(_, one)| one.name.value.as_str()))),
        [..] => Err(format!(
            "{} endpoints are called {}; name one by its method and path, such as 'POST /api/v1/users'",
            found.len(),
            names::shown(text)
        )),
    }
}

fn unknown<'a>(what: &str, name: &str, all: impl Iterator<Item = &'a str>) -> String {
    let mut all: Vec<&str> = all.collect();
    all.sort_unstable();
    all.dedup();
    let near = names::nearest(name, all.iter().copied());
    let help = match (near.first(), all.is_empty()) {
        (Some(near), _) => format!("did you mean `{}`?", names::shown(near)),
        (None, true) => "it has none at all".into(),
        (None, false) => {
            format!("it has {}", all.iter().take(20).map(|name| names::shown(name)).collect::<Vec<_>>().join(", "))
        }
    };
    format!("the bundle has no {what} `{}`; {help}", names::shown(name))
}

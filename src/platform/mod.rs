//! What a bundle and its modules make of each other once the modules are loaded: whether the functions that
//! the YAML refers to are there and can be called, which of them answers a request and what it answers, what
//! happens when a sensor fires, whether saved cases still hold, what changed since an earlier invocation, with which
//! input a function is first called. Draws nothing.

pub mod case_run;
pub mod curl;
pub mod determinism;
pub mod examine;
pub mod gateway;
pub mod http;
pub mod keep;
pub mod openapi;
pub mod recording;
pub mod replay;
pub mod request;
pub mod router;
pub mod sensors;
pub mod starting;
pub mod survey;

pub use case_run::{CaseRun, Failure, judge as judge_case, run_case};
pub use examine::{Examined, Functions, choices, complete, examine};
pub use gateway::{Entry, Gateway, GatewayError, Serving};
pub use http::{NearMiss, Unmatched};
pub use keep::{AtMost, Counts, Invocation, Keeper};
pub use replay::Replayed;
pub use request::{Request, Response, Site, answer};
pub use router::{Route, Router};
pub use starting::{InputOrigin, StartingInput, best_input, starting_input};

//! What a bundle and its modules make of each other once the modules are loaded: whether the functions that
//! the YAML refers to are there and can be called, which of them answers a request and what it answers, what
//! happens when a sensor fires, whether saved cases still hold, what changed since an earlier invocation.
//! Draws nothing.

pub mod case_run;
pub mod curl;
pub mod determinism;
pub mod examine;
pub mod gateway;
pub mod openapi;
pub mod replay;
pub mod request;
pub mod router;
pub mod sensors;

pub use case_run::{CaseRun, Failure, judge as judge_case, run_case};
pub use examine::{Examined, Functions, choices, complete, examine};
pub use gateway::{Entry, Gateway, GatewayError, Serving};
pub use replay::Replayed;
pub use request::{Request, Response, Site, answer};
pub use router::{NearMiss, Route, Router, Unmatched};

//! An exported service's `wasi:http/incoming-handler`: reads a request, asks the rules of the workbench's gateway which
//! function it is for and with which input, calls it in the user's component, and writes the answer.
//!
//! The rules are the workbench's own files, under the names that they have there, so that engine and gateway cannot
//! come apart. Nothing of the module is known here: what there is to call comes from the site.

mod answering;
mod bundle;
mod exchange;
mod platform;
mod sandbox;
#[allow(dead_code)]
#[path = "../../../../src/deploy/component/site.rs"]
mod site;

wit_bindgen::generate!({ world: "front", path: "../wit" });

struct Front;

impl wasip2::exports::http::incoming_handler::Guest for Front {
    fn handle(
        request: wasip2::exports::http::incoming_handler::IncomingRequest,
        out: wasip2::exports::http::incoming_handler::ResponseOutparam,
    ) {
        let answer =
            exchange::read(request).map_or_else(platform::http::Problem::answer, |asked| answering::answer(&asked));
        exchange::write(answer, out);
    }
}

wasip2::http::proxy::export!(Front);

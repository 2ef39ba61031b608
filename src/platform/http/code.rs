//! The codes of answers that are no output, and the HTTP status of each.

/// Why a request is not answered with a function's output.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Code {
    /// The function said no.
    ApplicationError,
    /// The body is not JSON.
    BodyNotJson,
    /// The body is no object, and there are parameters to merge into it.
    BodyNotObject,
    /// The body could not be read.
    BodyUnreadable,
    /// The function does not take this input.
    InputRefused,
    /// The gateway was asked under a foreign name.
    HostRefused,
    /// The gateway was asked by a page of a foreign origin.
    OriginRefused,
    /// No endpoint has this path.
    RouteUnknown,
    /// Endpoints have this path with other methods.
    MethodNotAllowed,
    /// The body did not come in time.
    BodyTooSlow,
    /// The body is larger than allowed.
    BodyTooLarge,
    /// The function trapped.
    Trap,
    /// The function used up its memory.
    MemoryLimit,
    /// The function used up its instructions.
    InstructionLimit,
    /// The function used up its stack.
    StackOverflow,
    /// The function's output is not JSON.
    OutputNotJson,
    /// The function's output is larger than allowed.
    OutputTooLarge,
    /// The module breaks its calling convention.
    Convention,
    /// The function called an import that nobody offers.
    ImportMissing,
    /// There is no such function.
    FunctionMissing,
    /// The module cannot be loaded.
    ModuleUnusable,
    /// Whoever answers requests has a fault of its own.
    Internal,
    /// The function only runs on the platform.
    PlatformFunction,
    /// The endpoint refers to nothing that could be read.
    FunctionUnreadable,
    /// The function is no part of the exported component.
    NotExported,
    /// As many calls run as may.
    OverCapacity,
    /// The call was cancelled.
    Cancelled,
    /// The function took longer than allowed.
    Timeout,
}

impl Code {
    /// Every code with its text and its status.
    const ALL: [(Self, &'static str, u16); 28] = [
        (Self::ApplicationError, "application-error", 400),
        (Self::BodyNotJson, "body-not-json", 400),
        (Self::BodyNotObject, "body-not-object", 400),
        (Self::BodyUnreadable, "body-unreadable", 400),
        (Self::InputRefused, "input-refused", 400),
        (Self::HostRefused, "host-refused", 403),
        (Self::OriginRefused, "origin-refused", 403),
        (Self::RouteUnknown, "route-unknown", 404),
        (Self::MethodNotAllowed, "method-not-allowed", 405),
        (Self::BodyTooSlow, "body-too-slow", 408),
        (Self::BodyTooLarge, "body-too-large", 413),
        (Self::Trap, "trap", 500),
        (Self::MemoryLimit, "memory-limit", 500),
        (Self::InstructionLimit, "instruction-limit", 500),
        (Self::StackOverflow, "stack-overflow", 500),
        (Self::OutputNotJson, "output-not-json", 500),
        (Self::OutputTooLarge, "output-too-large", 500),
        (Self::Convention, "convention", 500),
        (Self::ImportMissing, "import-missing", 500),
        (Self::FunctionMissing, "function-missing", 500),
        (Self::ModuleUnusable, "module-unusable", 500),
        (Self::Internal, "internal", 500),
        (Self::PlatformFunction, "platform-function", 501),
        (Self::FunctionUnreadable, "function-unreadable", 501),
        (Self::NotExported, "not-exported", 501),
        (Self::OverCapacity, "over-capacity", 503),
        (Self::Cancelled, "cancelled", 503),
        (Self::Timeout, "timeout", 504),
    ];

    fn row(self) -> Option<(&'static str, u16)> {
        Self::ALL.iter().find(|(code, ..)| *code == self).map(|(_, text, status)| (*text, *status))
    }

    /// The code as answers have it.
    pub fn as_str(self) -> &'static str {
        self.row().map_or("internal", |(text, _)| text)
    }

    /// The HTTP status of an answer with this code.
    pub fn status(self) -> u16 {
        self.row().map_or(500, |(_, status)| status)
    }

    /// The code that answers have as `text`.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.iter().find(|(_, known, _)| *known == text).map(|(code, ..)| *code)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_code_is_in_the_table_once() {
        for (at, (code, text, status)) in Code::ALL.iter().enumerate() {
            assert_eq!((*code as usize, code.as_str(), code.status()), (at, *text, *status));
            assert_eq!(Code::parse(text), Some(*code));
        }
        assert_eq!(Code::Timeout as usize + 1, Code::ALL.len());
    }
}

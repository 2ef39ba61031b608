//! The small grammars: what is read can be written and read again, what is mended can be read.

#![no_main]

use libfuzzer_sys::fuzz_target;
use priostack_workbench::bundle::{FunctionRef, Target, duration, printable, printable_line};

fuzz_target!(|data: &[u8]| {
    let text = String::from_utf8_lossy(data);
    if let Ok(target) = Target::parse(&text) {
        // As people read it: rounded, but a target.
        assert!(Target::parse(&target.to_string()).is_ok(), "{text} is shown as {target}");
    }
    if let Some(mended) = Target::mended(&text) {
        assert!(Target::parse(&mended.to_string()).is_ok(), "{text}");
    }
    for mended in duration::mended(&text) {
        assert!(duration::parse(&mended).is_ok(), "{text} was mended as {mended}");
    }
    let _ = duration::parse(&text);
    if let Ok(reference) = FunctionRef::parse(&text) {
        assert_eq!(FunctionRef::parse(&reference.to_string()).as_ref(), Ok(&reference));
    }
    assert!(printable_line(&text, 1000).chars().all(|c| !c.is_control()));
    printable(&text);
});

//! What came of a call, and how it crosses to the component's caller: laid out as the canonical ABI has it.
//!
//! Source: <https://github.com/WebAssembly/component-model/blob/main/design/mvp/CanonicalABI.md>.

use std::alloc::Layout;
use std::cell::RefCell;

/// What a function gave.
pub enum Answer {
    /// Bytes that should be JSON.
    Text(Vec<u8>),
    /// Nothing, undefined or null.
    Nothing,
    /// The function said no by its language's means.
    Error(Vec<u8>),
}

/// Why a call ends without an answer.
pub struct Stop {
    /// The word for it that the gateway uses.
    pub code: &'static str,
    /// In words.
    pub message: String,
}

impl Stop {
    /// The module does not keep to its convention, or cannot do what is asked as it was built.
    pub fn convention(message: impl Into<String>) -> Self {
        Self { code: "convention", message: message.into() }
    }

    /// There is no memory for what is asked.
    pub fn memory(message: impl Into<String>) -> Self {
        Self { code: "memory-limit", message: message.into() }
    }

    /// The module threw an error that nothing inside of it catches.
    pub fn thrown(message: impl Into<String>) -> Self {
        Self { code: "trap", message: message.into() }
    }

    /// The module ended its program instead of returning.
    pub fn exit(code: u32) -> Self {
        let code = code.cast_signed();
        Self::thrown(format!("The function ended the program with exit code {code} instead of returning"))
    }

    /// The module called an import that nobody offers.
    pub fn missing(module: &str, name: &str) -> Self {
        let message = format!("The module called `{name}` of `{module}`, which the sandbox does not offer");
        Self { code: "import-missing", message }
    }
}

/// `variant reply` in memory: the case, then address and length of up to two lists.
#[repr(C)]
pub struct Reply {
    case: u8,
    lists: [List; 2],
}

#[repr(C)]
#[derive(Clone, Copy)]
struct List {
    start: *const u8,
    length: usize,
}

const OUTPUT: u8 = 0;
const NOTHING: u8 = 1;
const ERROR: u8 = 2;
const FAULT: u8 = 3;

/// A reply, and the bytes that it points at.
struct Kept {
    reply: Reply,
    _bytes: [Vec<u8>; 2],
}

thread_local! {
    /// The reply that the caller still reads.
    static KEPT: RefCell<Option<Box<Kept>>> = const { RefCell::new(None) };
}

/// Lays a reply out and keeps it until the caller has read it.
pub fn keep(answer: Result<Answer, Stop>) -> *const Reply {
    let (case, bytes) = match answer {
        Ok(Answer::Text(bytes)) => (OUTPUT, [bytes, Vec::new()]),
        Ok(Answer::Nothing) => (NOTHING, Default::default()),
        Ok(Answer::Error(bytes)) => (ERROR, [bytes, Vec::new()]),
        Err(stop) => (FAULT, [stop.code.into(), stop.message.into_bytes()]),
    };
    let lists = [&bytes[0], &bytes[1]].map(|bytes| List { start: bytes.as_ptr(), length: bytes.len() });
    let kept = Box::new(Kept { reply: Reply { case, lists }, _bytes: bytes });
    let at = &raw const kept.reply;
    KEPT.with_borrow_mut(|slot| *slot = Some(kept));
    at
}

/// The caller has read the reply.
#[unsafe(export_name = "post_return")]
extern "C" fn post_return(_: *const Reply) {
    KEPT.with_borrow_mut(|slot| *slot = None);
}

/// Room for what comes in. Only ever asked for new room of bytes.
#[unsafe(export_name = "realloc")]
extern "C" fn realloc(_: *mut u8, _: usize, alignment: usize, size: usize) -> *mut u8 {
    let layout = Layout::from_size_align(size, alignment);
    let start = match layout {
        Ok(_) if size == 0 => return std::ptr::without_provenance_mut(alignment),
        // SAFETY: the layout has a size.
        Ok(layout) => unsafe { std::alloc::alloc(layout) },
        Err(_) => std::ptr::null_mut(),
    };
    if start.is_null() { super::end() } else { start }
}

/// The bytes in room that `realloc` gave.
pub fn owned(start: *mut u8, length: usize) -> Vec<u8> {
    if length == 0 {
        return Vec::new();
    }
    // SAFETY: `realloc` allocated exactly this room with the alignment of bytes, and the caller filled it.
    unsafe { Vec::from_raw_parts(start, length, length) }
}

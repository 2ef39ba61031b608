#[link(wasm_import_module = "priostack")]
unsafe extern "C" {
    fn log(level: u32, pointer: *const u8, length: usize);
}

#[unsafe(no_mangle)]
extern "C" fn alloc(length: usize) -> *mut u8 {
    Box::into_raw(vec![0; length].into_boxed_slice()).cast()
}

#[unsafe(no_mangle)]
unsafe extern "C" fn dealloc(start: *mut u8, length: usize) {
    drop(unsafe { Box::from_raw(std::ptr::slice_from_raw_parts_mut(start, length)) });
}

#[unsafe(no_mangle)]
unsafe extern "C" fn greet(start: *const u8, length: usize) -> u64 {
    let input = unsafe { std::slice::from_raw_parts(start, length) };
    unsafe { log(1, "greeting".as_ptr(), 8) };
    let output = Box::leak(format!("{{\"bytes\":{}}}", input.len()).into_bytes().into_boxed_slice());
    (output.as_ptr() as u64) << 32 | output.len() as u64
}

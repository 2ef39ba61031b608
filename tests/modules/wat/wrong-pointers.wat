;; Pretends to come from wasm-bindgen and returns pointers and lengths that lead nowhere.
(module
  (memory (export "memory") 1)
  (func (export "__wbindgen_malloc") (param i32 i32) (result i32) (i32.const 1024))
  (func (export "__wbindgen_free") (param i32 i32 i32))
  (func (export "pointer_beyond_memory") (param i32 i32) (result i32 i32)
    (i32.const 0x7fff0000) (i32.const 16))
  (func (export "length_beyond_memory") (param i32 i32) (result i32 i32)
    (i32.const 65530) (i32.const 16))
  ;; The sum of both wraps around to a small number.
  (func (export "sum_that_overflows") (param i32 i32) (result i32 i32)
    (i32.const 0xfffffff0) (i32.const 0x20))
  ;; More than any output limit, and more than the memory.
  (func (export "longest_length") (param i32 i32) (result i32 i32)
    (i32.const 0) (i32.const 0xffffffff))
  ;; A Result of which both halves are set: bytes, and an error flag that is neither 0 nor 1.
  (func (export "undecided_result") (param i32 i32) (result i32 i32 i32 i32)
    (i32.const 1024) (i32.const 4) (i32.const 9999) (i32.const 2)))

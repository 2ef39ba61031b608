;; A module by wasm-bindgen's convention that counts its calls in a global, and traps on demand.
(module
  (memory (export "memory") 1)
  (global $calls (mut i32) (i32.const 0))
  (func (export "__wbindgen_malloc") (param i32 i32) (result i32) (i32.const 1024))
  (func (export "__wbindgen_free") (param i32 i32 i32))
  (func (export "count") (param i32 i32) (result i32 i32)
    (global.set $calls (i32.add (global.get $calls) (i32.const 1)))
    ;; One digit of JSON.
    (i32.store8 (i32.const 2048) (i32.add (global.get $calls) (i32.const 48)))
    (i32.const 2048) (i32.const 1))
  (func (export "fail") (param i32 i32) (result i32 i32) (unreachable)))

;; Imports something that no host has. Only one of its functions needs it: the other one must run.
;; Shaped like what wasm-bindgen makes of `fn(&[u8]) -> Vec<u8>`.
(module
  (import "mystery" "answer" (func $answer (param i32) (result i32)))
  (memory (export "memory") 1)
  (global $next (mut i32) (i32.const 1024))
  (func (export "__wbindgen_malloc") (param $size i32) (param $align i32) (result i32)
    (global.get $next)
    (global.set $next (i32.add (global.get $next) (local.get $size))))
  (func (export "__wbindgen_free") (param i32 i32 i32))
  ;; Gives its input back.
  (func (export "needs_nothing") (param $at i32) (param $length i32) (result i32 i32)
    (local.get $at) (local.get $length))
  (func (export "needs_the_import") (param $at i32) (param $length i32) (result i32 i32)
    (local.get $at) (call $answer (local.get $length))))

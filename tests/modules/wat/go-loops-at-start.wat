;; A program that never finishes starting.
(module
  (import "gojs" "runtime.wasmExit" (func $exit (param i32)))
  (import "gojs" "runtime.wasmWrite" (func $write (param i32)))
  (memory (export "mem") 1)
  (data (i32.const 16) "panic: no configuration\n\ngoroutine 1 [ru")
  (func (export "run") (param i32 i32)
    (loop $for_ever (br $for_ever)))
  (func (export "resume"))
  (func (export "getsp") (result i32) (i32.const 1024)))

;; Has all that a Go program has, and imports an exception, which Go never does.
(module
  (import "gojs" "runtime.nanotime1" (func (param i32)))
  (import "gojs" "thrown" (tag))
  (memory (export "mem") 1)
  (func (export "run") (param i32 i32))
  (func (export "resume"))
  (func (export "getsp") (result i32) (i32.const 0)))

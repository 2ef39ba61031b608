;; Exports that are functions, but none that takes bytes and returns bytes; and one name that is not
;; a function at all.
(module
  (memory (export "memory") 1)
  (global (export "a_global") i32 (i32.const 7))
  (func (export "takes_floats") (param f64 f32) (result f64) (local.get 0))
  (func (export "takes_much") (param i32 i32 i32 i32 i32 i32 i32 i32 i32) (result i32) (local.get 0))
  (func (export "returns_much") (result i32 i64 f32 f64 i32)
    (i32.const 1) (i64.const 2) (f32.const 3) (f64.const 4) (i32.const 5))
  (func (export "takes_a_reference") (param externref) (result externref) (local.get 0)))

;; A module with AssemblyScript's runtime whose function does nothing with its parameter: neither its
;; type nor its code tells what it takes.
(module
  (memory (export "memory") 1)
  (global (export "__rtti_base") i32 (i32.const 64))
  (data (i32.const 64) "\05\00\00\00\00\00\00\00\20\00\00\00\20\00\00\00\00\00\00\00\41\00\00\00")
  (func (export "__new") (param i32 i32) (result i32) (i32.const 8192))
  (func (export "__pin") (param i32) (result i32) (local.get 0))
  (func (export "ignore") (param i32) (result i32) (i32.const 0))
  (func (export "twice") (param i32) (result i32) (i32.mul (local.get 0) (i32.const 2))))

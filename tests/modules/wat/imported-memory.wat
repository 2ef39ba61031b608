;; Wants its memory, a table and a global from the host.
(module
  (import "env" "memory" (memory 1))
  (import "env" "__indirect_function_table" (table 0 funcref))
  (import "env" "__memory_base" (global i32))
  (func (export "bytes_to_bytes") (param $at i32) (param $length i32) (result i32 i32)
    (local.get $at) (local.get $length)))

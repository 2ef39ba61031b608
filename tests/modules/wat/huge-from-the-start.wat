;; Declares four gigabytes of memory and ten million table slots: too much before anything runs.
(module
  (memory (export "memory") 65536)
  (table (export "table") 10000000 funcref)
  (func (export "bytes_to_bytes") (param $at i32) (param $length i32) (result i32 i32)
    (local.get $at) (local.get $length)))

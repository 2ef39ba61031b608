;; Cannot be instantiated: its data lie behind the end of its memory.
(module
  (memory (export "memory") 1)
  (data (i32.const 65530) "behind the end of the memory")
  (func (export "bytes_to_bytes") (param $at i32) (param $length i32) (result i32 i32)
    (local.get $at) (local.get $length)))

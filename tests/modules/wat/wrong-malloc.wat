;; Pretends to come from wasm-bindgen; its malloc leads the host outside its memory.
(module
  (memory (export "memory") 1)
  (func (export "__wbindgen_malloc") (param i32 i32) (result i32) (i32.const 0xffff0000))
  (func (export "__wbindgen_free") (param i32 i32 i32))
  (func (export "bytes_to_bytes") (param $at i32) (param $length i32) (result i32 i32)
    (local.get $at) (local.get $length)))

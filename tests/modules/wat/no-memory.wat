;; Its function has the right signature, but there is no memory to hand bytes over in.
(module
  (func (export "__wbindgen_malloc") (param i32 i32) (result i32) (i32.const 16))
  (func (export "__wbindgen_free") (param i32 i32 i32))
  (func (export "bytes_to_bytes") (param $at i32) (param $length i32) (result i32 i32)
    (local.get $at) (local.get $length)))

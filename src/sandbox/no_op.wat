(module
  ;; Follows wasm-bindgen's convention, so that its call takes the same way as a service's.
  (memory (export "memory") 1)
  (data (i32.const 16) "null")
  (func (export "__wbindgen_malloc") (param i32 i32) (result i32)
    i32.const 1024)
  (func (export "__wbindgen_free") (param i32 i32 i32))
  ;; One table, as every externref module has.
  (table (export "__wbindgen_externrefs") 4 externref)
  (func (export "no_op") (param i32 i32) (result i32 i32)
    i32.const 16
    i32.const 4))

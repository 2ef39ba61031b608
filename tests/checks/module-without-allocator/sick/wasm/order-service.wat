;; What emcc makes without -sEXPORTED_FUNCTIONS: a stack, and no malloc.
(module
  (memory (export "memory") 2)
  (func (export "_initialize"))
  (func (export "stackSave") (result i32) (i32.const 65536))
  (func (export "stackRestore") (param i32))
  (func (export "stackAlloc") (param i32) (result i32) (i32.const 65000))
  (func (export "placeOrder") (param i32 i32 i32) (result i32) (i32.const 1024)))

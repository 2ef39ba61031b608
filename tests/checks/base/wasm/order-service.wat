(module
  (memory (export "memory") 1)
  (func (export "placeOrder") (param i32 i32) (result i64) i64.const 0)
  (func (export "malloc") (param i32) (result i32) i32.const 0))

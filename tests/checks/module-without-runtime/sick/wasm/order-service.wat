(module (import "env" "abort" (func (param i32 i32 i32 i32))) (memory (export "memory") 1) (func (export "placeOrder") (param i32) (result i32) i32.const 0))

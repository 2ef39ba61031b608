;; What emcc -fexceptions makes: every call that could throw goes through JavaScript.
(module
  (import "env" "invoke_vii" (func (param i32 i32 i32)))
  (import "env" "__cxa_throw" (func (param i32 i32 i32)))
  (memory (export "memory") 2)
  (func (export "_initialize"))
  (func (export "malloc") (param i32) (result i32) (i32.const 4096))
  (func (export "emscripten_stack_get_current") (result i32) (i32.const 65536))
  (func (export "placeOrder") (param i32 i32 i32) (result i32) (i32.const 1024)))

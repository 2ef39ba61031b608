;; What emcc -O2 -o X.js makes: only the JavaScript file knows what the names mean.
(module
  (import "a" "a" (func (param i32 i32 i32)))
  (import "a" "b" (func (param i32)))
  (memory (export "c") 2)
  (func (export "d"))
  (func (export "placeOrder") (param i32 i32 i32) (result i32) (i32.const 1024)))

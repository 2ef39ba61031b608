;; A component that imports an interface which nobody has, with a resource and a function that speak
;; of it. It loads; only the call of it fails.
(component
  (import "acme:shop/catalogue@1.0.0" (instance $catalogue
    (export "item" (type $item (sub resource)))
    (export "find" (func (param "id" u32) (result (own $item))))
    (export "count" (func (result u32)))))
  (alias export $catalogue "find" (func $find))
  (core func $lowered (canon lower (func $find)))
  (core module $m
    (import "catalogue" "find" (func $find (param i32) (result i32)))
    (memory (export "memory") 1)
    (data (i32.const 16) "\20\00\00\00\01\00\00\00")
    (data (i32.const 32) "7")
    (func (export "ask") (result i32)
      (drop (call $find (i32.const 1)))
      (i32.const 16))
    (func (export "answer") (result i32) (i32.const 16)))
  (core instance $i (instantiate $m (with "catalogue" (instance (export "find" (func $lowered))))))
  (func (export "ask") (result string) (canon lift (core func $i "ask") (memory (core memory $i "memory"))))
  (func (export "answer") (result string) (canon lift (core func $i "answer") (memory (core memory $i "memory")))))

;; What the tests of requests call, by the plain convention: one function for each way a call can end.
(module
  (import "priostack" "now_ms" (func $now_ms (result i64)))
  (memory (export "memory") 64)
  (data (i32.const 16) "{\"error\":\"refused\"}")
  (func (export "alloc") (param $length i32) (result i32) (i32.const 4096))
  (func $pack (param $start i32) (param $length i32) (result i64)
    (i64.or (i64.shl (i64.extend_i32_u (local.get $start)) (i64.const 32)) (i64.extend_i32_u (local.get $length))))
  (func $echo (export "echo") (param i32 i32) (result i64) (call $pack (local.get 0) (local.get 1)))
  (func (export "refuse") (param i32 i32) (result i64) (call $pack (i32.const 16) (i32.const 19)))
  (func (export "fall") (param i32 i32) (result i64) unreachable)
  (func (export "babble") (param i32 i32) (result i64) (call $pack (i32.const 17) (i32.const 4)))
  (func (export "spin") (param i32 i32) (result i64) (loop $again (br $again)) unreachable)
  ;; Echoes after 700 ms.
  (func (export "linger") (param i32 i32) (result i64) (local $until i64)
    (local.set $until (i64.add (call $now_ms) (i64.const 700)))
    (loop $again (br_if $again (i64.lt_s (call $now_ms) (local.get $until))))
    (call $echo (local.get 0) (local.get 1))))

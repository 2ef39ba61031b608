;; By the plain convention: `work` gives its input back after 60,000 rounds of a loop, which takes some tens of
;; microseconds. Tests change the number to make it slower.
(module
  (memory (export "memory") 2)
  (func (export "alloc") (param $length i32) (result i32) (i32.const 4096))
  (func (export "work") (param $start i32) (param $length i32) (result i64) (local $rounds i32)
    (local.set $rounds (i32.const 60000))
    (loop $again
      (local.set $rounds (i32.sub (local.get $rounds) (i32.const 1)))
      (i32.store (i32.const 1024) (i32.add (i32.load (i32.const 1024)) (local.get $rounds)))
      (br_if $again (local.get $rounds)))
    (i64.or (i64.shl (i64.extend_i32_u (local.get $start)) (i64.const 32)) (i64.extend_i32_u (local.get $length)))))

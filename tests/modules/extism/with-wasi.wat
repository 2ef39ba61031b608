;; A plug-in as kits on WASI make it: its language's library writes to standard error and asks for
;; random bytes, and the kernel carries input and output.
(module
  (import "extism:host/env" "alloc" (func $alloc (param i64) (result i64)))
  (import "extism:host/env" "store_u8" (func $store (param i64 i32)))
  (import "extism:host/env" "output_set" (func $output (param i64 i64)))
  (import "wasi_snapshot_preview1" "fd_write" (func $write (param i32 i32 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "random_get" (func $random (param i32 i32) (result i32)))
  (memory (export "memory") 1)
  (data (i32.const 64) "ready\n")
  (func (export "_initialize")
    (i32.store (i32.const 0) (i32.const 64))
    (i32.store (i32.const 4) (i32.const 6))
    (drop (call $write (i32.const 2) (i32.const 0) (i32.const 1) (i32.const 8))))
  ;; 1 if WASI gave 32 random bytes that are not all zero, else 0.
  (func (export "draw") (result i32)
    (local $at i32) (local $sum i32) (local $block i64)
    (drop (call $random (i32.const 128) (i32.const 32)))
    (loop $next
      (local.set $sum (i32.add (local.get $sum) (i32.load8_u offset=128 (local.get $at))))
      (local.set $at (i32.add (local.get $at) (i32.const 1)))
      (br_if $next (i32.lt_u (local.get $at) (i32.const 32))))
    (local.set $block (call $alloc (i64.const 1)))
    (call $store (local.get $block) (i32.add (i32.const 48) (i32.ne (local.get $sum) (i32.const 0))))
    (call $output (local.get $block) (i64.const 1))
    (i32.const 0)))

;; The smallest WASI command: what comes in on standard input goes out on standard output.
(module
  (import "wasi_snapshot_preview1" "fd_read"
    (func $fd_read (param i32 i32 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "fd_write"
    (func $fd_write (param i32 i32 i32 i32) (result i32)))
  (memory (export "memory") 1)
  ;; At 0: one buffer (address, length). At 8: how many bytes were read or written.
  (func (export "_start") (local $written i32)
    (block $done
      (loop $read
        (i32.store (i32.const 0) (i32.const 1024))
        (i32.store (i32.const 4) (i32.const 4096))
        (br_if $done (call $fd_read (i32.const 0) (i32.const 0) (i32.const 1) (i32.const 8)))
        (br_if $done (i32.eqz (i32.load (i32.const 8))))
        (i32.store (i32.const 4) (i32.load (i32.const 8)))
        ;; A write may take less than all.
        (loop $write
          (br_if $done (call $fd_write (i32.const 1) (i32.const 0) (i32.const 1) (i32.const 8)))
          (local.set $written (i32.load (i32.const 8)))
          (i32.store (i32.const 0) (i32.add (i32.load (i32.const 0)) (local.get $written)))
          (i32.store (i32.const 4) (i32.sub (i32.load (i32.const 4)) (local.get $written)))
          (br_if $write (i32.load (i32.const 4))))
        (br $read)))))

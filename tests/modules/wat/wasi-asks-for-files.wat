;; A WASI command that tries to open a file, and answers with the error number it was given, such as
;; {"errno":8} (bad descriptor) where the host handed over no folder.
(module
  (import "wasi_snapshot_preview1" "path_open"
    (func $path_open (param i32 i32 i32 i32 i32 i64 i64 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "fd_write"
    (func $fd_write (param i32 i32 i32 i32) (result i32)))
  (memory (export "memory") 1)
  (data (i32.const 32) "etc/passwd")
  (data (i32.const 64) "{\"errno\":")
  (func (export "_start") (local $errno i32) (local $end i32)
    ;; Descriptor 3 would be the first folder that a host hands over.
    (local.set $errno (call $path_open (i32.const 3) (i32.const 0)
      (i32.const 32) (i32.const 10) (i32.const 0) (i64.const 2) (i64.const 0) (i32.const 0)
      (i32.const 16)))
    (local.set $end (i32.const 73))
    (if (i32.ge_u (local.get $errno) (i32.const 10)) (then
      (i32.store8 (local.get $end)
        (i32.add (i32.const 48) (i32.div_u (local.get $errno) (i32.const 10))))
      (local.set $end (i32.add (local.get $end) (i32.const 1)))))
    (i32.store8 (local.get $end)
      (i32.add (i32.const 48) (i32.rem_u (local.get $errno) (i32.const 10))))
    (i32.store8 (i32.add (local.get $end) (i32.const 1)) (i32.const 125))
    (i32.store (i32.const 0) (i32.const 64))
    (i32.store (i32.const 4) (i32.sub (i32.add (local.get $end) (i32.const 2)) (i32.const 64)))
    (drop (call $fd_write (i32.const 1) (i32.const 0) (i32.const 1) (i32.const 8)))))

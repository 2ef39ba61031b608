;; A command for the first version of WASI: it waits 20 milliseconds with that version's structure of
;; 56 bytes, asks what standard output is, with a structure of 56 bytes too, and answers with the
;; error numbers and with how many bytes the second structure left alone.
(module
  (import "wasi_unstable" "poll_oneoff" (func $poll_oneoff (param i32 i32 i32 i32) (result i32)))
  (import "wasi_unstable" "fd_filestat_get" (func $fd_filestat_get (param i32 i32) (result i32)))
  (import "wasi_unstable" "fd_write" (func $fd_write (param i32 i32 i32 i32) (result i32)))
  (memory (export "memory") 1)
  (data (i32.const 0) "[0,0,0]")
  ;; Anything at 0, a clock at 8; at 16 the guest's own number, at 24 the monotonic clock, at 32 the time.
  (data (i32.const 1024) "\07\00\00\00\00\00\00\00\00\00\00\00\00\00\00\00\ff\ff\ff\ff\ff\ff\ff\ff\01\00\00\00\00\00\00\00\00\2d\31\01\00\00\00\00")
  (data (i32.const 3072) "\00\00\00\00\07\00\00\00")
  (func (export "_start")
    (i32.store8 (i32.const 1) (i32.add (i32.const 48)
      (call $poll_oneoff (i32.const 1024) (i32.const 2048) (i32.const 1) (i32.const 2100))))
    (i32.store8 (i32.const 3) (i32.add (i32.const 48) (i32.load (i32.const 2100))))
    (memory.fill (i32.const 4096) (i32.const 120) (i32.const 64))
    (drop (call $fd_filestat_get (i32.const 1) (i32.const 4096)))
    ;; The links lie at 20 in this version, and nothing is written from 56 on.
    (i32.store8 (i32.const 5) (i32.add (i32.const 48) (i32.add
      (i32.load8_u (i32.const 4116))
      (i32.eq (i32.load8_u (i32.const 4152)) (i32.const 120)))))
    (drop (call $fd_write (i32.const 1) (i32.const 3072) (i32.const 1) (i32.const 2104)))))

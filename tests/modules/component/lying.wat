;; Functions whose results lead nowhere: the host must find out and never follow them.
(component
  (core module $m
    (memory (export "memory") 1)
    ;; At 16: 8 bytes from 0x7fffffff on. At 32: two bytes at 64 that are not UTF-8.
    (data (i32.const 16) "\ff\ff\ff\7f\08\00\00\00")
    (data (i32.const 32) "\40\00\00\00\02\00\00\00")
    (data (i32.const 48) "\00\00\00\00\ff\ff\ff\ff")
    (data (i32.const 64) "\c3\28")
    (func (export "outside") (result i32) (i32.const 16))
    (func (export "unaligned") (result i32) (i32.const 17))
    (func (export "not-utf8") (result i32) (i32.const 32))
    (func (export "huge") (result i32) (i32.const 48))
    (func (export "take") (param i32 i32) (result i32) (i32.const 32))
    (func (export "realloc") (param i32 i32 i32 i32) (result i32) (i32.const 0x7fff0000)))
  (core instance $i (instantiate $m))
  (func (export "outside") (result string) (canon lift (core func $i "outside") (memory (core memory $i "memory"))))
  (func (export "unaligned") (result string) (canon lift (core func $i "unaligned") (memory (core memory $i "memory"))))
  (func (export "not-utf8") (result string) (canon lift (core func $i "not-utf8") (memory (core memory $i "memory"))))
  (func (export "huge") (result (list u8)) (canon lift (core func $i "huge") (memory (core memory $i "memory"))))
  (func (export "realloc") (param "input" string) (result string)
    (canon lift (core func $i "take") (memory (core memory $i "memory")) (realloc (core func $i "realloc")))))

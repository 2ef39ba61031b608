;; Asks for memory again and again. Shaped like what wasm-bindgen makes of `fn(&[u8]) -> Vec<u8>`.
(module
  (memory (export "memory") 1)
  (data (i32.const 16) "{\"refused\":true}")
  (func (export "__wbindgen_malloc") (param i32 i32) (result i32) (i32.const 1024))
  (func (export "__wbindgen_free") (param i32 i32 i32))
  ;; Stops at the first refusal and says so.
  (func (export "grow_until_refused") (param i32 i32) (result i32 i32)
    (loop $again
      (br_if $again (i32.ne (memory.grow (i32.const 16)) (i32.const -1))))
    (i32.const 16) (i32.const 16))
  ;; Goes on asking when it is refused.
  (func (export "grow_for_ever") (param i32 i32) (result i32 i32)
    (loop $again
      (drop (memory.grow (i32.const 1)))
      (br $again))
    unreachable)
  ;; Asks for all there can be, at once; an answer of true means that it was refused.
  (func (export "grow_to_four_gigabytes") (param i32 i32) (result i32 i32)
    (if (i32.ne (memory.grow (i32.const 65535)) (i32.const -1)) (then unreachable))
    (i32.const 16) (i32.const 16)))

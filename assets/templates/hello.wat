;; A service by the plain convention (docs/plain-convention.md of PrioStack Workbench): `alloc` gives room
;; for the input, and `hello` answers {"name": "Ada"} with {"message": "Hello, Ada!"}.
;; Assemble it with `wasm-tools parse hello.wat -o hello.wasm` or `wat2wasm hello.wat`.
(module
  (memory (export "memory") 1)
  (global $next (mut i32) (i32.const 1024))
  (data (i32.const 16) "{\"message\": \"Hello, ")
  (data (i32.const 48) "!\"}")
  (data (i32.const 64) "{\"error\": \"say who is to be greeted: send for instance {\\\"name\\\": \\\"Ada\\\"}\"}")

  ;; Room for `length` bytes behind what was given last; 0 where there is no more memory.
  (func $alloc (export "alloc") (param $length i32) (result i32)
    (local $start i32) (local $missing i32)
    (local.set $start (global.get $next))
    (local.set $missing
      (i32.sub (i32.add (local.get $start) (local.get $length)) (i32.shl (memory.size) (i32.const 16))))
    (if (i32.gt_s (local.get $missing) (i32.const 0))
      (then
        (if (i32.eq (memory.grow (i32.add (i32.shr_u (local.get $missing) (i32.const 16)) (i32.const 1)))
                    (i32.const -1))
          (then (return (i32.const 0))))))
    (global.set $next (i32.add (local.get $start) (local.get $length)))
    (local.get $start))

  ;; Takes back what was given last.
  (func (export "dealloc") (param $start i32) (param $length i32)
    (if (i32.eq (i32.add (local.get $start) (local.get $length)) (global.get $next))
      (then (global.set $next (local.get $start)))))

  ;; The address of the quotation mark that ends the string whose first character is at `at`, or `end`.
  (func $end_of_string (param $at i32) (param $end i32) (result i32)
    (local $character i32)
    (loop $next_character
      (if (i32.ge_u (local.get $at) (local.get $end)) (then (return (local.get $end))))
      (local.set $character (i32.load8_u (local.get $at)))
      (if (i32.eq (local.get $character) (i32.const 34)) (then (return (local.get $at))))
      ;; A backslash takes the character behind it along.
      (local.set $at (i32.add (local.get $at)
        (select (i32.const 2) (i32.const 1) (i32.eq (local.get $character) (i32.const 92)))))
      (br $next_character))
    (unreachable))

  ;; The address of the first character from `at` on that is no white space.
  (func $skip_space (param $at i32) (param $end i32) (result i32)
    (loop $next_character
      (if (i32.and (i32.lt_u (local.get $at) (local.get $end))
                   (i32.le_u (i32.load8_u (local.get $at)) (i32.const 32)))
        (then
          (local.set $at (i32.add (local.get $at) (i32.const 1)))
          (br $next_character))))
    (local.get $at))

  (func $is (param $at i32) (param $end i32) (param $character i32) (result i32)
    (if (i32.ge_u (local.get $at) (local.get $end)) (then (return (i32.const 0))))
    (i32.eq (i32.load8_u (local.get $at)) (local.get $character)))

  ;; Where an output begins, and how long it is, in one number.
  (func $output (param $start i32) (param $length i32) (result i64)
    (i64.or (i64.shl (i64.extend_i32_u (local.get $start)) (i64.const 32))
            (i64.extend_i32_u (local.get $length))))

  ;; {"message": "Hello, <name>!"}; the name is copied with its escapes.
  (func $greeting (param $name i32) (param $length i32) (result i64)
    (local $start i32)
    (local.set $start (call $alloc (i32.add (local.get $length) (i32.const 23))))
    (if (i32.eqz (local.get $start)) (then (return (call $output (i32.const 0) (i32.const 0)))))
    (memory.copy (local.get $start) (i32.const 16) (i32.const 20))
    (memory.copy (i32.add (local.get $start) (i32.const 20)) (local.get $name) (local.get $length))
    (memory.copy (i32.add (i32.add (local.get $start) (i32.const 20)) (local.get $length))
                 (i32.const 48) (i32.const 3))
    (call $output (local.get $start) (i32.add (local.get $length) (i32.const 23))))

  ;; Looks for the text `name` of the input's outermost object.
  (func (export "hello") (param $start i32) (param $length i32) (result i64)
    (local $end i32) (local $at i32) (local $depth i32) (local $character i32) (local $close i32) (local $value i32)
    (local.set $end (i32.add (local.get $start) (local.get $length)))
    (local.set $at (local.get $start))
    (block $nobody
      (loop $next_character
        (br_if $nobody (i32.ge_u (local.get $at) (local.get $end)))
        (local.set $character (i32.load8_u (local.get $at)))
        (local.set $at (i32.add (local.get $at) (i32.const 1)))
        ;; Braces and brackets: the two opening ones differ from the closing ones by 2.
        (if (i32.eq (i32.or (local.get $character) (i32.const 32)) (i32.const 123))
          (then (local.set $depth (i32.add (local.get $depth) (i32.const 1)))))
        (if (i32.eq (i32.or (local.get $character) (i32.const 32)) (i32.const 125))
          (then (local.set $depth (i32.sub (local.get $depth) (i32.const 1)))))
        (br_if $next_character (i32.ne (local.get $character) (i32.const 34)))
        (local.set $close (call $end_of_string (local.get $at) (local.get $end)))
        (local.set $value (local.get $at))
        (local.set $at (i32.add (local.get $close) (i32.const 1)))
        ;; "name" as four bytes.
        (br_if $next_character (i32.or
          (i32.ne (local.get $depth) (i32.const 1))
          (i32.ne (i32.sub (local.get $close) (local.get $value)) (i32.const 4))))
        (br_if $next_character (i32.ne (i32.load align=1 (local.get $value)) (i32.const 0x656d616e)))
        (local.set $value (call $skip_space (local.get $at) (local.get $end)))
        (br_if $next_character (i32.eqz (call $is (local.get $value) (local.get $end) (i32.const 58))))
        (local.set $value
          (call $skip_space (i32.add (local.get $value) (i32.const 1)) (local.get $end)))
        (br_if $nobody (i32.eqz (call $is (local.get $value) (local.get $end) (i32.const 34))))
        (local.set $value (i32.add (local.get $value) (i32.const 1)))
        (local.set $close (call $end_of_string (local.get $value) (local.get $end)))
        (br_if $nobody (i32.ge_u (local.get $close) (local.get $end)))
        (return (call $greeting (local.get $value) (i32.sub (local.get $close) (local.get $value))))))
    (call $output (i32.const 64) (i32.const 76))))

;; A component as the workbench generates them around modules, written by hand: it answers in every way that the
;; interface knows. SITE and LENGTH stand for the site's text and its bytes.
(component
  (import "priostack:bundle/host@0.1.0" (instance $host
    (export "log" (func (param "level" u8) (param "text" (list u8))))
    (export "now" (func (result u64)))
    (export "ticks" (func (result u64)))
    (export "random" (func (result u64)))))

  (core module $memory
    (memory (export "memory") 40)
    (global $free (mut i32) (i32.const 65536))
    (func (export "realloc") (param i32 i32 i32) (param $size i32) (result i32)
      (local $at i32)
      (local.set $at (i32.and (i32.add (global.get $free) (i32.const 7)) (i32.const -8)))
      (global.set $free (i32.add (local.get $at) (local.get $size)))
      (local.get $at))
    ;; An engine may keep the instance for another request.
    (func (export "forget") (param i32) (global.set $free (i32.const 65536)))
    (data (i32.const 1024) "SITE"))
  (core instance $memory (instantiate $memory))
  (alias core export $memory "memory" (core memory $mem))

  (core func $log (canon lower (func $host "log") (memory $mem)))
  (core func $now (canon lower (func $host "now")))
  (core func $ticks (canon lower (func $host "ticks")))
  (core func $random (canon lower (func $host "random")))

  (core module $module
    (import "memory" "memory" (memory 40))
    (import "host" "log" (func $log (param i32 i32 i32)))
    (import "host" "now" (func $now (result i64)))
    (import "host" "ticks" (func $ticks (result i64)))
    (import "host" "random" (func $random (result i64)))
    (data (i32.const 0) "convention")
    (data (i32.const 16) "it broke its word")
    (data (i32.const 48) "one\nline\1b[31m")
    (func $reply (param $kind i32) (param $at i32) (param $length i32) (result i32)
      (i32.store8 (i32.const 512) (local.get $kind))
      (i32.store (i32.const 516) (local.get $at))
      (i32.store (i32.const 520) (local.get $length))
      (i32.const 512))
    ;; 0 gives its input back, 1 gives nothing, 2 says no, 3 has a fault, 4 traps, 5 logs and tells whether the
    ;; clocks and the random numbers are alive.
    (func (export "call") (param $function i32) (param $at i32) (param $length i32) (result i32)
      (if (i32.eqz (local.get $function))
        (then (return (call $reply (i32.const 0) (local.get $at) (local.get $length)))))
      (if (i32.eq (local.get $function) (i32.const 1))
        (then (return (call $reply (i32.const 1) (i32.const 0) (i32.const 0)))))
      (if (i32.eq (local.get $function) (i32.const 2))
        (then (return (call $reply (i32.const 2) (local.get $at) (local.get $length)))))
      (if (i32.eq (local.get $function) (i32.const 3))
        (then
          (i32.store (i32.const 524) (i32.const 16))
          (i32.store (i32.const 528) (i32.const 17))
          (return (call $reply (i32.const 3) (i32.const 0) (i32.const 10)))))
      (if (i32.eq (local.get $function) (i32.const 5))
        (then
          (call $log (i32.const 2) (i32.const 48) (i32.const 13))
          (i32.store8 (i32.const 900) (i32.add (i32.const 48)
            (i32.and
              (i64.gt_u (call $now) (i64.const 1700000000000000000))
              (i32.and
                (i64.ge_u (call $ticks) (i64.const 0))
                (i64.ne (call $random) (call $random))))))
          (return (call $reply (i32.const 0) (i32.const 900) (i32.const 1)))))
      unreachable)
    (func (export "site") (result i32)
      (i32.store (i32.const 600) (i32.const 1024))
      (i32.store (i32.const 604) (i32.const LENGTH))
      (i32.const 600)))
  (core instance $module (instantiate $module
    (with "memory" (instance $memory))
    (with "host" (instance
      (export "log" (func $log)) (export "now" (func $now))
      (export "ticks" (func $ticks)) (export "random" (func $random))))))

  (type $failure (record (field "code" string) (field "message" string)))
  (type $reply (variant (case "output" (list u8)) (case "nothing") (case "error" (list u8)) (case "fault" $failure)))
  (func $call (param "function" u32) (param "input" (list u8)) (result $reply)
    (canon lift (core func $module "call") (memory $mem)
      (realloc (core func $memory "realloc")) (post-return (core func $memory "forget"))))
  (func $site (result (list u8)) (canon lift (core func $module "site") (memory $mem)))

  (component $interface
    (type $failure (record (field "code" string) (field "message" string)))
    (import "import-type-failure" (type $own-failure (eq $failure)))
    (type $reply (variant
      (case "output" (list u8)) (case "nothing") (case "error" (list u8)) (case "fault" $own-failure)))
    (import "import-type-reply" (type $own-reply (eq $reply)))
    (import "import-func-call" (func $call (param "function" u32) (param "input" (list u8)) (result $own-reply)))
    (import "import-func-site" (func $site (result (list u8))))
    (export $their-failure "failure" (type $failure))
    (type $their-variant (variant
      (case "output" (list u8)) (case "nothing") (case "error" (list u8)) (case "fault" $their-failure)))
    (export $their-reply "reply" (type $their-variant))
    (export "call" (func $call)
      (func (param "function" u32) (param "input" (list u8)) (result $their-reply)))
    (export "site" (func $site)))
  (instance $functions (instantiate $interface
    (with "import-type-failure" (type $failure))
    (with "import-type-reply" (type $reply))
    (with "import-func-call" (func $call))
    (with "import-func-site" (func $site))))
  (export "priostack:bundle/functions@0.1.0" (instance $functions)))

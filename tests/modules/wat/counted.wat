(module
  ;; Functions whose instructions and memory are known by looking at them. One for entering a function, one for
  ;; every operator but block, loop, end, else, return, drop, nop and unreachable.
  (memory (export "memory") 1)
  (table 2 funcref)
  (elem (i32.const 0) $leaf $thrower)
  (type $unary (func (param i32) (result i32)))
  (tag $oops (param i32))
  (data (i32.const 16) "null")

  ;; 1 + 1
  (func (export "alloc") (param i32) (result i32)
    i32.const 1024)

  ;; "null" at 16, as start << 32 | length
  (func $null (result i64)
    i64.const 0x1000000004) ;; 1 + 1

  ;; 1 + 1
  (func (export "nothing") (param i32 i32) (result i64)
    i64.const 0)

  ;; 1 + 1 + (1 + 1)
  (func (export "calls") (param i32 i32) (result i64)
    call $null)

  ;; Ten rounds: 1 + 2 + 10 * 8 + 1
  (func (export "loops") (param i32 i32) (result i64)
    (local $n i32)
    i32.const 10
    local.set $n
    loop $again
      local.get $n
      i32.const 1
      i32.sub
      local.tee $n
      drop
      local.get $n
      i32.const 0
      i32.gt_s
      br_if $again
    end
    i64.const 0)

  ;; As many rounds as the input has bytes: 1 + 8 * bytes + 1
  (func (export "loops_by_input") (param $start i32) (param $n i32) (result i64)
    loop $again
      local.get $n
      i32.const 1
      i32.sub
      local.set $n
      local.get $n
      i32.const 0
      i32.gt_s
      br_if $again
    end
    i64.const 0)

  (func $leaf (type $unary)
    local.get 0) ;; 1 + 1

  ;; fib(n): 1 + 3 + 1 where n < 2, else 1 + 3 + 4 + 4 + 1 with those of two calls
  (func $fib (param $n i32) (result i32)
    local.get $n
    i32.const 2
    i32.lt_s
    if
      local.get $n
      return
    end
    local.get $n
    i32.const 1
    i32.sub
    call $fib
    local.get $n
    i32.const 2
    i32.sub
    call $fib
    i32.add)

  (func (export "fib") (param i32 i32) (result i64)
    i32.const 10
    call $fib
    drop
    call $null)

  ;; Ends by calling another in its stead, a thousand times and in constant room.
  (func $countdown (param $n i32) (result i32)
    local.get $n
    i32.eqz
    if
      i32.const 0
      return
    end
    local.get $n
    i32.const 1
    i32.sub
    return_call $countdown)

  (func (export "tail_calls") (param i32 i32) (result i64)
    i32.const 100000
    call $countdown
    drop
    call $null)

  (func $thrower (type $unary)
    (local $i i32)
    i32.const 100
    local.set $i
    loop $again
      local.get $i
      i32.const 1
      i32.sub
      local.tee $i
      br_if $again
    end
    local.get 0
    throw $oops)

  (func $between (param i32) (result i32)
    local.get 0
    call $thrower)

  (func $catches (result i32)
    block $caught (result i32)
      try_table (result i32) (catch $oops $caught)
        i32.const 7
        call $between
      end
    end)

  (func (export "catches") (param i32 i32) (result i64)
    call $catches
    drop
    call $catches
    drop
    call $null)

  (func $pair (param i32 i32) (result i32 i32)
    local.get 1
    local.get 0
    local.get 0
    br_if 0
    local.get 0
    br_table 0 0)

  (func (export "several_results") (param i32 i32) (result i64)
    i32.const 1
    i32.const 0
    call $pair
    drop
    i32.const 0
    call_indirect (type $unary)
    drop
    call $null)

  (func (export "traps") (param i32 i32) (result i64)
    call $null
    drop
    unreachable)

  (func $endless (export "endless") (param i32 i32) (result i64)
    (loop $again (br $again))
    unreachable)

  (func $deep (param i32) (result i32)
    local.get 0
    i32.const 1
    i32.add
    call $deep)

  (func (export "recurses_for_ever") (param i32 i32) (result i64)
    i32.const 0
    call $deep
    drop
    call $null)

  ;; As deep as the stack lets it, nearly.
  (func $down (param i32) (result i32)
    local.get 0
    i32.eqz
    if
      i32.const 0
      return
    end
    local.get 0
    i32.const 1
    i32.sub
    call $down)

  (func (export "deep") (param i32 i32) (result i64)
    i32.const 8000
    call $down
    drop
    call $null)

  ;; A million calls on one path.
  (func (export "calls_a_million_times") (param i32 i32) (result i64)
    (local $n i32)
    i32.const 1000000
    local.set $n
    loop $again
      local.get $n
      call $leaf
      i32.const 1
      i32.sub
      local.tee $n
      br_if $again
    end
    call $null)

  ;; Every path of calls is another: 2 to the power of 20 of them.
  (func $left (param i32)
    local.get 0
    if
      local.get 0
      i32.const 1
      i32.sub
      call $left
      local.get 0
      i32.const 1
      i32.sub
      call $right
    end)

  (func $right (param i32)
    local.get 0
    if
      local.get 0
      i32.const 1
      i32.sub
      call $right
      local.get 0
      i32.const 1
      i32.sub
      call $left
    end)

  (func (export "many_paths") (param i32 i32) (result i64)
    i32.const 19
    call $left
    call $null)

  ;; Needs five pages more than the one that it has.
  (func (export "needs_six_pages") (param i32 i32) (result i64)
    i32.const 5
    memory.grow
    i32.const -1
    i32.eq
    if
      unreachable
    end
    call $null))

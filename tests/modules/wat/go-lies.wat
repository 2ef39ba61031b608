;; A program that speaks to Go's glue as Go does, and whose functions each tell one lie. Its functions
;; are numbered in the order of the table of names; `resume` does what the pending event names.
(module
  (import "gojs" "runtime.wasmExit" (func $wasmExit (param i32)))
  (import "gojs" "runtime.wasmWrite" (func $wasmWrite (param i32)))
  (import "gojs" "runtime.nanotime1" (func $nanotime1 (param i32)))
  (import "gojs" "runtime.scheduleTimeoutEvent" (func $scheduleTimeoutEvent (param i32)))
  (import "gojs" "runtime.getRandomData" (func $getRandomData (param i32)))
  (import "gojs" "syscall/js.finalizeRef" (func $finalizeRef (param i32)))
  (import "gojs" "syscall/js.stringVal" (func $stringVal (param i32)))
  (import "gojs" "syscall/js.valueGet" (func $valueGet (param i32)))
  (import "gojs" "syscall/js.valueSet" (func $valueSet (param i32)))
  (import "gojs" "syscall/js.valueSetIndex" (func $valueSetIndex (param i32)))
  (import "gojs" "syscall/js.valueCall" (func $valueCall (param i32)))
  (import "gojs" "syscall/js.valueInvoke" (func $valueInvoke (param i32)))
  (import "gojs" "syscall/js.valueNew" (func $valueNew (param i32)))
  (import "gojs" "syscall/js.valuePrepareString" (func $valuePrepareString (param i32)))
  (import "gojs" "syscall/js.valueLoadString" (func $valueLoadString (param i32)))
  (import "gojs" "syscall/js.valueInstanceOf" (func $valueInstanceOf (param i32)))
  (import "gojs" "syscall/js.copyBytesToJS" (func $copyBytesToJS (param i32)))
  (import "gojs" "runtime.noSuchThing" (func $missing (param i32)))
  (memory (export "mem") 2)
  ;; Names, and from 8192 on where each lies: a pointer and a length of 8 bytes.
  (data (i32.const 16384) "_makeFuncWrapper_pendingEventidresultObjectUint8ArrayArraystringOutsidehugeLengthnegativeLengthunknownValuereleaseUnknownreleaseTwicereleaseGlobalstackOutsidestackAtTheEndhugeArgumentshugeArrayarrayOfNoLengthfarIndexmuchRandomwriteOutsidewriteNowherenegativeTimermanyTimersloadIntoLessinstanceOfNothingcallsNothingresumesItselfnoResultexitsWithManymissingImportmoreRefsForEver")
  (data (i32.const 8192)
    "\00\40\00\00\00\00\00\00\10\00\00\00\00\00\00\00" ;; _makeFuncWrapper
    "\10\40\00\00\00\00\00\00\0d\00\00\00\00\00\00\00" ;; _pendingEvent
    "\1d\40\00\00\00\00\00\00\02\00\00\00\00\00\00\00" ;; id
    "\1f\40\00\00\00\00\00\00\06\00\00\00\00\00\00\00" ;; result
    "\25\40\00\00\00\00\00\00\06\00\00\00\00\00\00\00" ;; Object
    "\2b\40\00\00\00\00\00\00\0a\00\00\00\00\00\00\00" ;; Uint8Array
    "\35\40\00\00\00\00\00\00\05\00\00\00\00\00\00\00" ;; Array
    "\3a\40\00\00\00\00\00\00\0d\00\00\00\00\00\00\00" ;; stringOutside
    "\47\40\00\00\00\00\00\00\0a\00\00\00\00\00\00\00" ;; hugeLength
    "\51\40\00\00\00\00\00\00\0e\00\00\00\00\00\00\00" ;; negativeLength
    "\5f\40\00\00\00\00\00\00\0c\00\00\00\00\00\00\00" ;; unknownValue
    "\6b\40\00\00\00\00\00\00\0e\00\00\00\00\00\00\00" ;; releaseUnknown
    "\79\40\00\00\00\00\00\00\0c\00\00\00\00\00\00\00" ;; releaseTwice
    "\85\40\00\00\00\00\00\00\0d\00\00\00\00\00\00\00" ;; releaseGlobal
    "\92\40\00\00\00\00\00\00\0c\00\00\00\00\00\00\00" ;; stackOutside
    "\9e\40\00\00\00\00\00\00\0d\00\00\00\00\00\00\00" ;; stackAtTheEnd
    "\ab\40\00\00\00\00\00\00\0d\00\00\00\00\00\00\00" ;; hugeArguments
    "\b8\40\00\00\00\00\00\00\09\00\00\00\00\00\00\00" ;; hugeArray
    "\c1\40\00\00\00\00\00\00\0f\00\00\00\00\00\00\00" ;; arrayOfNoLength
    "\d0\40\00\00\00\00\00\00\08\00\00\00\00\00\00\00" ;; farIndex
    "\d8\40\00\00\00\00\00\00\0a\00\00\00\00\00\00\00" ;; muchRandom
    "\e2\40\00\00\00\00\00\00\0c\00\00\00\00\00\00\00" ;; writeOutside
    "\ee\40\00\00\00\00\00\00\0c\00\00\00\00\00\00\00" ;; writeNowhere
    "\fa\40\00\00\00\00\00\00\0d\00\00\00\00\00\00\00" ;; negativeTimer
    "\07\41\00\00\00\00\00\00\0a\00\00\00\00\00\00\00" ;; manyTimers
    "\11\41\00\00\00\00\00\00\0c\00\00\00\00\00\00\00" ;; loadIntoLess
    "\1d\41\00\00\00\00\00\00\11\00\00\00\00\00\00\00" ;; instanceOfNothing
    "\2e\41\00\00\00\00\00\00\0c\00\00\00\00\00\00\00" ;; callsNothing
    "\3a\41\00\00\00\00\00\00\0d\00\00\00\00\00\00\00" ;; resumesItself
    "\47\41\00\00\00\00\00\00\08\00\00\00\00\00\00\00" ;; noResult
    "\4f\41\00\00\00\00\00\00\0d\00\00\00\00\00\00\00" ;; exitsWithMany
    "\5c\41\00\00\00\00\00\00\0d\00\00\00\00\00\00\00" ;; missingImport
    "\69\41\00\00\00\00\00\00\0f\00\00\00\00\00\00\00" ;; moreRefsForEver
  )
  ;; Go's stack pointer; nothing here moves it.
  (global $sp i32 (i32.const 4096))
  (global $object (mut i64) (i64.const 0))
  (global $bytes (mut i64) (i64.const 0))
  (global $array (mut i64) (i64.const 0))
  (global $self (mut i64) (i64.const 0))
  (func (export "getsp") (result i32) (global.get $sp))
  (func $slot (param $at i32) (param $word i64)
    (i64.store (i32.add (global.get $sp) (local.get $at)) (local.get $word)))
  (func $word (param $at i32) (result i64)
    (i64.load (i32.add (global.get $sp) (local.get $at))))
  ;; Writes where the name of a number lies.
  (func $name (param $at i32) (param $number i32)
    (local $entry i32)
    (local.set $entry (i32.add (i32.const 8192) (i32.shl (local.get $number) (i32.const 4))))
    (call $slot (local.get $at) (i64.load (local.get $entry)))
    (call $slot (i32.add (local.get $at) (i32.const 8)) (i64.load offset=8 (local.get $entry))))
  ;; Makes a string of a name; its reference is at 24.
  (func $text (param $number i32)
    (call $name (i32.const 8) (local.get $number))
    (call $stringVal (global.get $sp)))
  (func $get (param $object i64) (param $number i32) (result i64)
    (call $slot (i32.const 8) (local.get $object))
    (call $name (i32.const 16) (local.get $number))
    (call $valueGet (global.get $sp))
    (call $word (i32.const 32)))
  ;; Sets the result of the pending event to true.
  (func $answer
    (call $slot (i32.const 8) (global.get $event))
    (call $name (i32.const 16) (i32.const 3))
    (call $slot (i32.const 32) (i64.const 0x7ff8000000000003))
    (call $valueSet (global.get $sp)))
  (global $event (mut i64) (i64.const 0))
  ;; Registers a function for each name from the seventh on.
  (func (export "run") (param i32 i32)
    (local $number i32)
    (local $function i64)
    (global.set $object (call $get (i64.const 0x7ff8000100000005) (i32.const 4)))
    (global.set $bytes (call $get (i64.const 0x7ff8000100000005) (i32.const 5)))
    (global.set $array (call $get (i64.const 0x7ff8000100000005) (i32.const 6)))
    (local.set $number (i32.const 7))
    (loop $next
      (call $slot (i32.const 8) (i64.const 0x7ff8000100000006))
      (call $name (i32.const 16) (i32.const 0))
      (i64.store (i32.const 2000) (i64.reinterpret_f64 (f64.convert_i32_u (local.get $number))))
      (call $slot (i32.const 32) (i64.const 2000))
      (call $slot (i32.const 40) (i64.const 1))
      (call $valueCall (global.get $sp))
      (local.set $function (call $word (i32.const 56)))
      (if (i32.eq (local.get $number) (i32.const 28))
        (then (global.set $self (local.get $function))))
      (call $slot (i32.const 8) (i64.const 0x7ff8000100000005))
      (call $name (i32.const 16) (local.get $number))
      (call $slot (i32.const 32) (local.get $function))
      (call $valueSet (global.get $sp))
      (br_if $next (i32.lt_u (local.tee $number (i32.add (local.get $number) (i32.const 1))) (i32.const 33)))))
  (func (export "resume")
    (local $number i32)
    (global.set $event (call $get (i64.const 0x7ff8000100000006) (i32.const 1)))
    (local.set $number (i32.trunc_f64_u (f64.reinterpret_i64 (call $get (global.get $event) (i32.const 2)))))
    (call_indirect (i32.sub (local.get $number) (i32.const 7))))

  (func $stringOutside
    (call $slot (i32.const 8) (i64.const 0xfffffff0))
    (call $slot (i32.const 16) (i64.const 64))
    (call $stringVal (global.get $sp)))
  (func $hugeLength
    (call $slot (i32.const 8) (i64.const 16))
    (call $slot (i32.const 16) (i64.const 0x7fffffffffffffff))
    (call $stringVal (global.get $sp)))
  (func $negativeLength
    (call $slot (i32.const 8) (i64.const 16))
    (call $slot (i32.const 16) (i64.const -1))
    (call $copyBytesToJS (global.get $sp)))
  (func $unknownValue
    (call $slot (i32.const 8) (i64.const 0x7ff8000100ffffff))
    (call $name (i32.const 16) (i32.const 0))
    (call $valueGet (global.get $sp)))
  (func $releaseUnknown
    (call $slot (i32.const 8) (i64.const 4000000))
    (call $finalizeRef (global.get $sp)))
  (func $releaseTwice
    (call $text (i32.const 0))
    (call $slot (i32.const 8)
    (call $word (i32.const 24)))
    (call $finalizeRef (global.get $sp))
    (call $finalizeRef (global.get $sp)))
  (func $releaseGlobal
    (local $i i32)
    (call $slot (i32.const 8) (i64.const 5))
    (loop $again (call $finalizeRef (global.get $sp)) (br_if $again (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 1))) (i32.const 1000))))
    (call $answer))
  (func $stackOutside
    (call $stringVal (i32.const -8)))
  (func $stackAtTheEnd
    (call $nanotime1 (i32.const 131066)))
  (func $hugeArguments
    (call $slot (i32.const 8) (global.get $object))
    (call $slot (i32.const 16) (i64.const 0))
    (call $slot (i32.const 24) (i64.const 100000000000))
    (call $valueNew (global.get $sp)))
  (func $hugeArray
    (call $slot (i32.const 8) (global.get $bytes))
    (call $slot (i32.const 16) (i64.const 2000))
    (call $slot (i32.const 24) (i64.const 1))
    (i64.store (i32.const 2000) (i64.reinterpret_f64 (f64.const 4e9)))
    (call $valueNew (global.get $sp)))
  (func $arrayOfNoLength
    (call $slot (i32.const 8) (global.get $bytes))
    (call $slot (i32.const 16) (i64.const 2000))
    (call $slot (i32.const 24) (i64.const 1))
    (i64.store (i32.const 2000) (i64.reinterpret_f64 (f64.const -1.5)))
    (call $valueNew (global.get $sp))
    (call $answer))
  (func $farIndex
    (call $slot (i32.const 8) (global.get $array))
    (call $slot (i32.const 16) (i64.const 0))
    (call $slot (i32.const 24) (i64.const 0))
    (call $valueNew (global.get $sp))
    (call $slot (i32.const 8)
    (call $word (i32.const 40)))
    (call $slot (i32.const 16) (i64.const 0x7ffffffffffffff))
    (call $slot (i32.const 24) (i64.const 0))
    (call $valueSetIndex (global.get $sp)))
  (func $muchRandom
    (call $slot (i32.const 8) (i64.const 0))
    (call $slot (i32.const 16) (i64.const 65537))
    (call $getRandomData (global.get $sp)))
  (func $writeOutside
    (call $slot (i32.const 8) (i64.const 2))
    (call $slot (i32.const 16) (i64.const 65000))
    (call $slot (i32.const 24) (i64.const 0xffffffff))
    (call $wasmWrite (global.get $sp)))
  (func $writeNowhere
    (call $slot (i32.const 8) (i64.const -5))
    (call $slot (i32.const 16) (i64.const 0))
    (call $slot (i32.const 24) (i64.const 8))
    (call $wasmWrite (global.get $sp))
    (call $answer))
  (func $negativeTimer
    (call $slot (i32.const 8) (i64.const -9223372036854775808))
    (call $scheduleTimeoutEvent (global.get $sp))
    (call $answer))
  (func $manyTimers
    (call $slot (i32.const 8) (i64.const 0x7fffffffffffffff))
    (loop $again (call $scheduleTimeoutEvent (global.get $sp)) (br $again)))
  (func $loadIntoLess
    (call $text (i32.const 0))
    (call $slot (i32.const 8)
    (call $word (i32.const 24)))
    (call $valuePrepareString (global.get $sp))
    (call $slot (i32.const 8)
    (call $word (i32.const 16)))
    (call $slot (i32.const 16) (i64.const 0))
    (call $slot (i32.const 24) (i64.const 1))
    (call $valueLoadString (global.get $sp)))
  (func $instanceOfNothing
    (call $slot (i32.const 8) (global.get $object))
    (call $slot (i32.const 16) (i64.const 0))
    (call $valueInstanceOf (global.get $sp)))
  (func $callsNothing
    (call $slot (i32.const 8) (i64.const 0))
    (call $slot (i32.const 16) (i64.const 0))
    (call $slot (i32.const 24) (i64.const 0))
    (call $valueInvoke (global.get $sp))
    (call $answer))
  (func $resumesItself
    (call $slot (i32.const 8) (global.get $self))
    (call $slot (i32.const 16) (i64.const 0))
    (call $slot (i32.const 24) (i64.const 0))
    (call $valueInvoke (global.get $sp)))
  (func $noResult
    (nop))
  (func $exitsWithMany
    (call $slot (i32.const 8) (i64.const 0x80000000))
    (call $wasmExit (global.get $sp)))
  (func $missingImport
    (call $missing (i32.const 0)))
  (func $moreRefsForEver
    (local $i i32)
    (loop $again (call $slot (i32.const 8) (global.get $object))
    (call $slot (i32.const 16) (i64.const 0))
    (call $slot (i32.const 24) (i64.const 0))
    (call $valueNew (global.get $sp)) (br $again)))
  (table funcref (elem $stringOutside $hugeLength $negativeLength $unknownValue $releaseUnknown $releaseTwice $releaseGlobal $stackOutside $stackAtTheEnd $hugeArguments $hugeArray $arrayOfNoLength $farIndex $muchRandom $writeOutside $writeNowhere $negativeTimer $manyTimers $loadIntoLess $instanceOfNothing $callsNothing $resumesItself $noResult $exitsWithMany $missingImport $moreRefsForEver))
)

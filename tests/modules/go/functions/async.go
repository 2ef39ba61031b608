package main

import (
	"errors"
	"syscall/js"
	"time"
)

// promise is the usual wrapper: the work runs in a goroutine and settles the promise.
func promise(work func() (interface{}, error)) js.Value {
	var executor js.Func
	executor = js.FuncOf(func(this js.Value, settle []js.Value) interface{} {
		go func() {
			defer executor.Release()
			value, err := work()
			if err != nil {
				settle[1].Invoke(js.Global().Get("Error").New(err.Error()))
				return
			}
			settle[0].Invoke(value)
		}()
		return nil
	})
	return js.Global().Get("Promise").New(executor)
}

// await waits in a goroutine for a promise.
func await(promise js.Value) js.Value {
	done := make(chan js.Value)
	promise.Call("then", js.FuncOf(func(this js.Value, args []js.Value) interface{} {
		done <- args[0]
		return nil
	}))
	return <-done
}

// registerAsync registers functions whose result comes later, or never.
func registerAsync() {
	g := js.Global()
	register(g, "promised", func(this js.Value, args []js.Value) interface{} {
		input := toBytes(args[0])
		return promise(func() (interface{}, error) {
			output, err := createUser(input)
			return string(output), err
		})
	})
	register(g, "promisedLater", func(this js.Value, args []js.Value) interface{} {
		input := toBytes(args[0])
		return promise(func() (interface{}, error) {
			time.Sleep(20 * time.Millisecond)
			return toUint8Array(answer(createUser(input))), nil
		})
	})
	register(g, "rejectedLater", func(this js.Value, args []js.Value) interface{} {
		return promise(func() (interface{}, error) {
			time.Sleep(5 * time.Millisecond)
			return nil, errors.New("too late")
		})
	})
	register(g, "rejectedWithObject", func(this js.Value, args []js.Value) interface{} {
		return js.Global().Get("Promise").Call("reject", map[string]interface{}{"code": "E42"})
	})
	register(g, "rejectedWithText", func(this js.Value, args []js.Value) interface{} {
		return js.Global().Get("Promise").Call("reject", "just text")
	})
	register(g, "chained", func(this js.Value, args []js.Value) interface{} {
		double := js.FuncOf(func(this js.Value, args []js.Value) interface{} { return args[0].Int() * 2 })
		wrap := js.FuncOf(func(this js.Value, args []js.Value) interface{} {
			return js.Global().Get("Promise").Call("resolve", map[string]interface{}{"value": args[0]})
		})
		return js.Global().Get("Promise").Call("resolve", 21).Call("then", double).Call("then", wrap)
	})
	register(g, "awaits", func(this js.Value, args []js.Value) interface{} {
		return promise(func() (interface{}, error) {
			inner := promise(func() (interface{}, error) {
				time.Sleep(2 * time.Millisecond)
				return 20, nil
			})
			return await(inner).Int() + 1, nil
		})
	})
	register(g, "timeouts", func(this js.Value, args []js.Value) interface{} {
		return js.Global().Get("Promise").New(js.FuncOf(func(this js.Value, settle []js.Value) interface{} {
			order := js.Global().Get("Array").New()
			at := func(name string, millis int, last bool) {
				js.Global().Call("setTimeout", js.FuncOf(func(this js.Value, args []js.Value) interface{} {
					order.Call("push", name)
					if last {
						settle[0].Invoke(order)
					}
					return nil
				}), millis)
			}
			at("third", 30, true)
			at("first", 1, false)
			at("second", 15, false)
			return nil
		}))
	})
	register(g, "never", func(this js.Value, args []js.Value) interface{} {
		return promise(func() (interface{}, error) { select {} })
	})
	register(g, "sleepsForHours", func(this js.Value, args []js.Value) interface{} {
		return promise(func() (interface{}, error) {
			time.Sleep(5 * time.Hour)
			return nil, nil
		})
	})
	register(g, "ticksForEver", func(this js.Value, args []js.Value) interface{} {
		return promise(func() (interface{}, error) {
			for range time.Tick(time.Millisecond) {
			}
			return nil, nil
		})
	})
	register(g, "blocks", func(this js.Value, args []js.Value) interface{} {
		time.Sleep(5 * time.Millisecond)
		return `"after a while"`
	})
	register(g, "blocksForHours", func(this js.Value, args []js.Value) interface{} {
		time.Sleep(5 * time.Hour)
		return nil
	})
	register(g, "blocksForEver", func(this js.Value, args []js.Value) interface{} {
		select {}
	})
}

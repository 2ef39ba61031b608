package main

import (
	"encoding/json"
	"fmt"
	"os"
	"runtime"
	"syscall/js"
)

func sorted(object map[string]interface{}) []byte {
	text, _ := json.Marshal(object)
	return text
}

// registerTrouble registers functions that log, fail and never end.
func registerTrouble() {
	g := js.Global()
	register(g, "logAll", func(this js.Value, args []js.Value) interface{} {
		console := js.Global().Get("console")
		fmt.Println("printed", 1, true)
		fmt.Print("piece ", "by piece\n")
		fmt.Fprintln(os.Stderr, "to stderr")
		println("built in", 2)
		console.Call("log", "log", 1, true, nil)
		console.Call("info", "info")
		console.Call("warn", "warn")
		console.Call("error", "error")
		console.Call("debug", "debug")
		fmt.Println(`{"level":"warn","message":"structured","attempt":3}`)
		return nil
	})
	register(g, "panics", func(this js.Value, args []js.Value) interface{} {
		panic("boom: " + string(toBytes(args[0])))
	})
	register(g, "panicsWithError", func(this js.Value, args []js.Value) interface{} {
		panic(fmt.Errorf("an error of %d", 42))
	})
	register(g, "indexOutOfRange", func(this js.Value, args []js.Value) interface{} {
		return args[len(args)+2]
	})
	register(g, "nilPointer", func(this js.Value, args []js.Value) interface{} {
		var u *user
		return u.Name
	})
	register(g, "recovers", func(this js.Value, args []js.Value) (result interface{}) {
		defer func() {
			if r := recover(); r != nil {
				result = fmt.Sprintf(`{"error":%q}`, fmt.Sprint(r))
			}
		}()
		return js.Global().Call("noSuchFunction")
	})
	register(g, "parsesBadJSON", func(this js.Value, args []js.Value) (result interface{}) {
		defer func() {
			if r := recover(); r != nil {
				if thrown, is := r.(js.Error); is {
					result = `{"error":"` + thrown.Get("name").String() + `"}`
				}
			}
		}()
		return js.Global().Get("JSON").Call("parse", "{bad")
	})
	register(g, "exits", func(this js.Value, args []js.Value) interface{} {
		os.Exit(3)
		return nil
	})
	register(g, "exitsWithZero", func(this js.Value, args []js.Value) interface{} {
		os.Exit(0)
		return nil
	})
	register(g, "readsFile", func(this js.Value, args []js.Value) interface{} {
		_, err := os.ReadFile("/etc/passwd")
		return map[string]interface{}{"error": err.Error()}
	})
	register(g, "listsFolder", func(this js.Value, args []js.Value) interface{} {
		_, err := os.ReadDir("/")
		_, cwd := os.Getwd()
		return fmt.Sprintf(`{"folder":%q,"cwd":%t,"env":%d,"args":%d}`, err, cwd != nil, len(os.Environ()), len(os.Args))
	})
	register(g, "notJSON", func(this js.Value, args []js.Value) interface{} { return "not JSON" })
	register(g, "notUTF8", func(this js.Value, args []js.Value) interface{} {
		return toUint8Array([]byte{'"', 0xff, '"'})
	})
	register(g, "returnsFunction", func(this js.Value, args []js.Value) interface{} {
		return js.Global().Get("bytesToBytes")
	})
	register(g, "bigOutput", func(this js.Value, args []js.Value) interface{} {
		var size int
		json.Unmarshal([]byte(args[0].String()), &size)
		text := make([]byte, size)
		for i := range text {
			text[i] = 'x'
		}
		return `"` + string(text) + `"`
	})
	register(g, "spin", func(this js.Value, args []js.Value) interface{} {
		for i := 0; i >= 0; i = (i + 1) & 0xffff {
		}
		return nil
	})
	register(g, "hog", func(this js.Value, args []js.Value) interface{} {
		var kept [][]byte
		for {
			kept = append(kept, make([]byte, 1<<20))
			kept[len(kept)-1][0] = 1
		}
	})
	register(g, "hogObjects", func(this js.Value, args []js.Value) interface{} {
		list := js.Global().Get("Array").New()
		for {
			list.Call("push", js.Global().Get("Uint8Array").New(1<<20))
		}
	})
	register(g, "makeGarbage", func(this js.Value, args []js.Value) interface{} {
		array := js.Global().Get("Uint8Array")
		for i := 0; i < 1500; i++ {
			array.New(100000)
			if i%100 == 0 {
				runtime.GC()
				runtime.Gosched()
			}
		}
		return "true"
	})
	register(g, "recurses", func(this js.Value, args []js.Value) interface{} {
		return js.Global().Call("recurses")
	})
	register(g, "countDown", func(this js.Value, args []js.Value) interface{} {
		if n := args[0].Get("n").Int(); n > 0 {
			next := js.Global().Get("Object").New()
			next.Set("n", n-1)
			next.Set("depth", args[0].Get("depth").Int()+1)
			return js.Global().Call("countDown", next)
		}
		return args[0]
	})
}

package main

import (
	"strings"
	"syscall/js"
)

// registerShapes registers functions that differ in how they take and give what they take and give.
func registerShapes() {
	g := js.Global()
	register(g, "bytesToBytes", func(this js.Value, args []js.Value) interface{} {
		return toUint8Array(answer(createUser(toBytes(args[0]))))
	})
	register(g, "textToText", func(this js.Value, args []js.Value) interface{} {
		return string(answer(createUser([]byte(args[0].String()))))
	})
	register(g, "bytesToText", func(this js.Value, args []js.Value) interface{} {
		return string(answer(createUser(toBytes(args[0]))))
	})
	register(g, "echoBytes", func(this js.Value, args []js.Value) interface{} {
		return toUint8Array(toBytes(args[0]))
	})
	register(g, "echoText", func(this js.Value, args []js.Value) interface{} {
		return args[0].String()
	})
	register(g, "echoByIndex", func(this js.Value, args []js.Value) interface{} {
		bytes := make([]byte, args[0].Length())
		for i := range bytes {
			bytes[i] = byte(args[0].Index(i).Int())
		}
		return toUint8Array(bytes)
	})
	register(g, "sameValue", func(this js.Value, args []js.Value) interface{} {
		return args[0]
	})
	register(g, "objectToObject", func(this js.Value, args []js.Value) interface{} {
		result := js.Global().Get("Object").New()
		result.Set("hello", args[0].Get("name"))
		result.Set("email", args[0].Get("email"))
		result.Set("list", []interface{}{1, 2.5, true, nil, "x"})
		return result
	})
	register(g, "throughJSON", func(this js.Value, args []js.Value) interface{} {
		text := js.Global().Get("JSON").Call("stringify", args[0]).String()
		return js.Global().Get("JSON").Call("parse", text)
	})
	register(g, "parsedText", func(this js.Value, args []js.Value) interface{} {
		return js.Global().Get("JSON").Call("parse", args[0].String())
	})
	register(g, "byType", func(this js.Value, args []js.Value) interface{} {
		if args[0].Type() == js.TypeString {
			return `"a string of ` + args[0].String()[:1] + `"`
		}
		if args[0].InstanceOf(js.Global().Get("Uint8Array")) {
			return `"bytes"`
		}
		return `"` + args[0].Type().String() + `"`
	})
	register(g, "textOnly", func(this js.Value, args []js.Value) interface{} {
		if args[0].Type() != js.TypeString {
			return `{"error":"a string is needed"}`
		}
		return strings.ToUpper(args[0].String())
	})
	register(g, "noInput", func(this js.Value, args []js.Value) interface{} { return `"no input"` })
	register(g, "noOutput", func(this js.Value, args []js.Value) interface{} { return nil })
	register(g, "undefinedResult", func(this js.Value, args []js.Value) interface{} { return js.Undefined() })
	register(g, "number", func(this js.Value, args []js.Value) interface{} { return 1.5e-7 })
	register(g, "zero", func(this js.Value, args []js.Value) interface{} { return 0 })
	register(g, "boolean", func(this js.Value, args []js.Value) interface{} { return true })
	register(g, "array", func(this js.Value, args []js.Value) interface{} {
		return []interface{}{"a", 1, map[string]interface{}{"deep": []interface{}{}}}
	})
	register(g, "errorValue", func(this js.Value, args []js.Value) interface{} {
		return js.Global().Get("Error").New("no such user")
	})
	register(g, "errorObject", func(this js.Value, args []js.Value) interface{} {
		return map[string]interface{}{"error": "no such user"}
	})
	register(g, "date", func(this js.Value, args []js.Value) interface{} {
		return js.Global().Get("Date").New(1700000000123)
	})
	register(g, "manyKeys", func(this js.Value, args []js.Value) interface{} {
		object := js.Global().Get("Object").New()
		for _, name := range []string{"b", "10", "a", "9", "c", "d", "e", "f", "g", "h", "i", "j", "k", "b"} {
			object.Set(name, name)
		}
		object.Delete("d")
		return object
	})
	register(g, "surroundings", func(this js.Value, args []js.Value) interface{} {
		found := map[string]interface{}{}
		for _, name := range []string{"Object", "Uint8Array", "JSON", "Promise", "console", "setTimeout", "performance", "XMLHttpRequest", "document"} {
			found[name] = g.Get(name).Type().String()
		}
		return string(sorted(found))
	})
	api := g.Get("Object").New()
	register(api, "inObject", func(this js.Value, args []js.Value) interface{} {
		return `{"prefix":"` + this.Get("prefix").String() + `"}`
	})
	api.Set("prefix", "p")
	deeper := g.Get("Object").New()
	register(deeper, "inDeeperObject", func(this js.Value, args []js.Value) interface{} {
		return string(answer(createUser(toBytes(args[0]))))
	})
	api.Set("deeper", deeper)
	g.Set("api", api)
}

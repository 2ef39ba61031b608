//go:build js && wasm

// The payment processor of the online shop: checks cards, judges payments, writes receipts. Every
// function takes JSON as bytes and returns JSON as bytes.
package main

import (
	"encoding/json"
	"errors"
	"syscall/js"
)

func main() {
	register("checkCard", checkCard)
	register("assessPayment", assessPayment)
	register("issueReceipt", issueReceipt)
	// The functions live as long as main runs.
	select {}
}

// register makes a function that takes a Request and gives an Answer callable as `name`.
func register[Request, Answer any](name string, work func(Request) (Answer, error)) {
	js.Global().Set(name, js.FuncOf(func(this js.Value, args []js.Value) any {
		return toArray(answer(args, work))
	}))
}

// answer is the work's answer as JSON, or {"error": "..."} where it has none.
func answer[Request, Answer any](args []js.Value, work func(Request) (Answer, error)) []byte {
	var request Request
	err := read(args, &request)
	if err == nil {
		var given Answer
		if given, err = work(request); err == nil {
			output, _ := json.Marshal(given)
			return output
		}
	}
	output, _ := json.Marshal(map[string]string{"error": err.Error()})
	return output
}

// read parses the first argument, which is a Uint8Array.
func read(args []js.Value, request any) error {
	if len(args) == 0 {
		return errors.New("the input is missing")
	}
	input := make([]byte, args[0].Length())
	js.CopyBytesToGo(input, args[0])
	if err := json.Unmarshal(input, request); err != nil {
		return errors.New("the input cannot be read: " + err.Error())
	}
	return nil
}

func toArray(output []byte) js.Value {
	array := js.Global().Get("Uint8Array").New(len(output))
	js.CopyBytesToJS(array, output)
	return array
}

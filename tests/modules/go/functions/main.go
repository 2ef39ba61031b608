// The functions of the test module: each way to take an input and to give a result that Go
// programs for JavaScript use, and each way to go wrong.
package main

import (
	"encoding/json"
	"errors"
	"strings"
	"syscall/js"
)

// function is what js.FuncOf takes.
type function = func(this js.Value, args []js.Value) interface{}

func register(object js.Value, name string, f function) {
	object.Set(name, js.FuncOf(f))
}

func main() {
	registerShapes()
	registerTrouble()
	registerAsync()
	registerState()
	select {}
}

type user struct {
	ID    string   `json:"id,omitempty"`
	Email string   `json:"email"`
	Name  string   `json:"name"`
	Tags  []string `json:"tags,omitempty"`
}

// createUser is the work that all shapes do.
func createUser(input []byte) ([]byte, error) {
	var u user
	if err := json.Unmarshal(input, &u); err != nil {
		return nil, err
	}
	if !strings.Contains(u.Email, "@") {
		return nil, errors.New("invalid email")
	}
	u.ID = "user_" + u.Email[:1]
	return json.Marshal(u)
}

// answer is the JSON that says what came out, the usual way: an error is an object with `error`.
func answer(output []byte, err error) []byte {
	if err == nil {
		return output
	}
	told, _ := json.Marshal(map[string]string{"error": err.Error()})
	return told
}

func toBytes(value js.Value) []byte {
	bytes := make([]byte, value.Get("length").Int())
	js.CopyBytesToGo(bytes, value)
	return bytes
}

func toUint8Array(bytes []byte) js.Value {
	array := js.Global().Get("Uint8Array").New(len(bytes))
	js.CopyBytesToJS(array, bytes)
	return array
}

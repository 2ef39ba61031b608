// Functions that Go exports itself (1.24 and later, -buildmode=c-shared): numbers only, so that bytes
// go through pointers and lengths.
package main

import (
	"fmt"
	"unsafe"
)

var kept [][]byte

//go:wasmexport malloc
func malloc(size uint32) uint32 {
	room := make([]byte, size)
	kept = append(kept, room)
	return uint32(uintptr(unsafe.Pointer(unsafe.SliceData(room))))
}

//go:wasmexport measure
func measure(pointer *byte, length uint32) uint64 {
	input := unsafe.Slice(pointer, length)
	output := []byte(fmt.Sprintf(`{"length":%d,"input":%s}`, length, input))
	kept = append(kept, output)
	return uint64(uintptr(unsafe.Pointer(unsafe.SliceData(output))))<<32 | uint64(len(output))
}

func main() {}

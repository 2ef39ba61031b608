// A program in Go: JSON on standard input, JSON on standard output, the function's name as argument.
package main

import (
	"io"
	"os"
	"strconv"
	"time"
)

func main() {
	input, err := io.ReadAll(os.Stdin)
	if err != nil {
		os.Exit(2)
	}
	function := ""
	if len(os.Args) > 1 {
		function = os.Args[1]
	}
	os.Stderr.WriteString(function + " got " + strconv.Itoa(len(input)) + " bytes\n")
	switch function {
	case "refuse":
		os.Stderr.WriteString("the input is refused\n")
		os.Exit(3)
	case "panic":
		panic("told to panic")
	case "file":
		_, err := os.ReadFile("/etc/hostname")
		os.Stdout.WriteString(strconv.FormatBool(err == nil))
	case "sleep":
		time.Sleep(30 * time.Millisecond)
		os.Stdout.WriteString("true")
	case "sleepLong":
		time.Sleep(time.Hour)
	default:
		os.Stdout.WriteString(`{"function":"` + function + `","arguments":` + strconv.Itoa(len(os.Args)) + `,"input":` + string(input) + `}`)
	}
}

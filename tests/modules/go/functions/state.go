package main

import (
	cryptorand "crypto/rand"
	"encoding/hex"
	"fmt"
	"hash/maphash"
	"math/rand"
	"strconv"
	"syscall/js"
	"time"
)

var (
	calls   int
	table   = map[string]int{}
	started = time.Now()
	fired   bool
)

// registerState registers functions that show what is left of earlier calls, and what is random.
func registerState() {
	for i := 0; i < 200; i++ {
		table["k"+strconv.Itoa(i)] = i
	}
	// Its timer is still running when the program has booted.
	time.AfterFunc(40*time.Millisecond, func() { fired = true })
	register(js.Global(), "timerFromStart", func(this js.Value, args []js.Value) interface{} {
		return promise(func() (interface{}, error) {
			time.Sleep(80 * time.Millisecond)
			return fired, nil
		})
	})
	say := func(name string, f func() string) {
		register(js.Global(), name, func(this js.Value, args []js.Value) interface{} { return f() })
	}
	say("countCalls", func() string {
		calls++
		table["extra"+strconv.Itoa(calls)] = 1
		return fmt.Sprintf(`{"calls":%d,"table":%d}`, calls, len(table))
	})
	say("mathRandom", func() string { return strconv.FormatInt(rand.New(rand.NewSource(seed())).Int63(), 10) })
	say("mapHash", func() string { return strconv.FormatUint(seedOfMap()>>12, 10) })
	say("mapOrder", func() string {
		order := ""
		for name := range table {
			order += name + " "
			if len(order) > 60 {
				break
			}
		}
		return strconv.Quote(order)
	})
	say("cryptoRandom", func() string {
		bytes := make([]byte, 16)
		cryptorand.Read(bytes)
		return strconv.Quote(hex.EncodeToString(bytes))
	})
	say("clock", func() string {
		before := time.Now()
		time.Now()
		return fmt.Sprintf(`{"unix":%d,"up":%d,"forward":%t}`, before.Unix(), before.Sub(started).Milliseconds(), !time.Now().Before(before))
	})
}

// seed draws on the runtime's generator, as math/rand itself does since Go 1.20.
func seed() int64 { return int64(seedOfMap()) }

func seedOfMap() uint64 {
	var h maphash.Hash
	h.WriteString("x")
	return h.Sum64()
}

// The workloads of `acksu bench` on gVisor's netstack, with its words and its keys. Goroutines of netstack and the
// programs share one thread (GOMAXPROCS=1): who waits gives way.
package main

import (
	"encoding/json"
	"flag"
	"fmt"
	"math/rand"
	"os"
	"runtime"
	"sort"
	"time"
)

const messageBytes, writeBytes = 64, 64 << 10

type workload struct {
	name                     string
	mtu, connections, others int
	order                    string
	seconds                  float64
}

type figures map[string]any

// rate repeats turn, which is told the seconds since the beginning and returns how much it did. A fifth of a second
// before does not count.
func rate(seconds float64, turn func(passed float64) int) float64 {
	result := 0.0
	for _, limit := range []float64{0.2, seconds} {
		done, passed := 0, 0.0
		for start := time.Now(); passed < limit; passed = time.Since(start).Seconds() {
			done += turn(passed)
		}
		result = float64(done) / passed
	}
	return result
}

func bulk(h *hosts, w workload) figures {
	connection := h.open()
	source, buffer := make([]byte, writeBytes), make(sink, writeBytes)
	bytes := rate(w.seconds, func(float64) int {
		written := connection.client.write(source)
		runtime.Gosched()
		read, _ := connection.server.read(buffer)
		if written == 0 && read == 0 {
			<-connection.server.readable
		}
		return read
	})
	return figures{"mtu": w.mtu, "gbit_per_s": bytes * 8e-9, "ns_per_1460": 1460e9 / bytes}
}

func crr(h *hosts, w workload) figures {
	for i := 0; i < w.others; i++ {
		h.open()
	}
	buffer := make(sink, messageBytes)
	cycles := rate(w.seconds, func(float64) int {
		connection := h.open()
		connection.client.endpoint.Close()
		for {
			if _, ended := connection.server.read(buffer); ended {
				break
			}
			<-connection.server.readable
		}
		connection.server.endpoint.Close()
		return 1
	})
	return figures{"others": w.others, "cycles_per_s": cycles, "ns_per_cycle": 1e9 / cycles}
}

// readMessage waits for a whole message.
func readMessage(s *socket, buffer sink) {
	for total := 0; total < messageBytes; {
		read, _ := s.read(buffer)
		if total += read; total < messageBytes {
			<-s.readable
		}
	}
}

func transact(connections []pair, buffer sink) {
	message := make([]byte, messageBytes)
	for _, each := range connections {
		each.client.write(message)
	}
	for _, each := range connections {
		readMessage(each.server, buffer)
		each.server.write(message)
	}
	for _, each := range connections {
		readMessage(each.client, buffer)
	}
}

func rr(h *hosts, w workload) figures {
	connections := make([]pair, w.connections)
	for i := range connections {
		connections[i] = h.open()
	}
	if w.order == "random" {
		rand.New(rand.NewSource(1)).Shuffle(len(connections), func(i, j int) {
			connections[i], connections[j] = connections[j], connections[i]
		})
	}
	batch := 1
	if w.order == "batched" {
		batch = 64
	}
	buffer := make(sink, 2*messageBytes)
	latencies := make([]float64, 0, 1_000_000)
	at, before := 0, 0.0
	transactions := rate(w.seconds, func(passed float64) int {
		if passed > before && len(latencies) < cap(latencies) {
			latencies = append(latencies, (passed-before)*1e6)
		}
		before = passed
		if at >= len(connections) {
			at = 0
		}
		end := at + batch
		if end > len(connections) {
			end = len(connections)
		}
		transact(connections[at:end], buffer)
		count := end - at
		at = end
		return count
	})
	sort.Float64s(latencies)
	percentile := func(part float64) float64 { return latencies[int(part*float64(len(latencies)-1))] }
	return figures{"connections": w.connections, "order": w.order, "transactions_per_s": transactions,
		"p50_us": percentile(0.5), "p99_us": percentile(0.99)}
}

// heap is what is in use after all garbage was collected, stacks of goroutines included.
func heap() float64 {
	runtime.GC()
	runtime.GC()
	var memory runtime.MemStats
	runtime.ReadMemStats(&memory)
	return float64(memory.HeapInuse + memory.StackInuse)
}

func idle(h *hosts, w workload) figures {
	before := heap()
	connections := make([]pair, w.connections)
	start := time.Now()
	for i := range connections {
		connections[i] = h.open()
	}
	seconds := time.Since(start).Seconds()
	held := heap() - before
	runtime.KeepAlive(connections)
	return figures{"connections": w.connections, "open_s": seconds,
		"bytes_per_end": held / float64(2*w.connections)}
}

func wrong(why string) {
	fmt.Fprintf(os.Stderr, "%s: the words are those of `acksu bench`\n", why)
	os.Exit(2)
}

func main() {
	if len(os.Args) < 2 {
		wrong("no workload")
	}
	w := workload{name: os.Args[1]}
	run, known := map[string]func(*hosts, workload) figures{"bulk": bulk, "crr": crr, "rr": rr, "idle": idle}[w.name]
	if !known {
		wrong(w.name)
	}
	words := flag.NewFlagSet("netstack", flag.ExitOnError)
	words.IntVar(&w.mtu, "mtu", 1500, "")
	words.IntVar(&w.connections, "connections", 1, "")
	words.IntVar(&w.others, "others", 0, "")
	words.StringVar(&w.order, "order", "sequential", "")
	words.Float64Var(&w.seconds, "seconds", 2, "")
	words.Bool("json", true, "")
	words.Parse(os.Args[2:])
	runtime.GOMAXPROCS(1)
	found := run(newHosts(uint32(w.mtu)), w)
	found["workload"] = w.name
	line, _ := json.Marshal(found)
	fmt.Println(string(line))
}

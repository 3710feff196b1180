// Command gen writes the reference of the function library to the file it is given.
package main

import (
	"log"
	"os"

	"github.com/dreamql/dreamql/engine/funcs"
)

func main() {
	if len(os.Args) != 2 {
		log.Fatal("usage: gen FILE")
	}
	if err := os.WriteFile(os.Args[1], []byte(funcs.Reference()), 0o644); err != nil {
		log.Fatal(err)
	}
}

//go:build !race

package oracle

const raced = false

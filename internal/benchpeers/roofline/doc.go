// Package roofline measures what a processor gives at most: multiply-adds in registers and bytes from memory.
package roofline

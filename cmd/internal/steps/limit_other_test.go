//go:build !unix

package steps

func limitFiles() {}

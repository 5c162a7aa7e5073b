// Package hubtest is a Hugging Face hub for tests: it answers as the public one does, errors included, from memory, and fails on request.
package hubtest

// Package golden gives tests what Hugging Face transformers computed, see README.md. It is for tests: everything is embedded.
package golden

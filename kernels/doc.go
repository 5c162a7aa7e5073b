// Package kernels opens devices by name. The devices themselves are the packages below it.
package kernels

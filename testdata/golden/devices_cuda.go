//go:build cuda && !cudaemu

package golden

func init() { devices = append(devices, Device{"cuda:0", []string{"tiny", "mini"}}) }

package golden

// Device is one that the goldens run on beside the CPU's kernel sets, and the models that it is fast enough for.
type Device struct {
	Name   string
	Models []string
}

// Devices are those of this build: none without a build tag.
func Devices() []Device { return devices }

var devices []Device

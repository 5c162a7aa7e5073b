package cli

import (
	"fmt"
	"runtime"
	"runtime/debug"
)

// Version names the build: the module's version or the commit, with a plus sign when files had been changed since it.
func Version() string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return "unknown"
	}
	return version(info)
}

func version(info *debug.BuildInfo) string {
	var commit, changed string
	for _, s := range info.Settings {
		switch s.Key {
		case "vcs.revision":
			commit = s.Value
			if len(commit) > 12 {
				commit = commit[:12]
			}
		case "vcs.modified":
			if s.Value == "true" {
				changed = "+"
			}
		}
	}
	v := info.Main.Version
	switch {
	case v != "" && v != "(devel)":
		return v
	case commit != "":
		return commit + changed
	}
	return "devel"
}

// versionLine is what --version prints.
func versionLine(name string) string {
	return fmt.Sprintf("%s (skillneuron) %s, %s %s/%s", name, Version(), runtime.Version(), runtime.GOOS, runtime.GOARCH)
}

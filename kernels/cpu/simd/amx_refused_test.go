//go:build linux && amd64 && !noasm

package simd

import (
	"os"
	"os/exec"
	"runtime"
	"slices"
	"strings"
	"syscall"
	"testing"
	"unsafe"

	"golang.org/x/sys/unix"
)

// TestAMXRefused: where the kernel keeps AMX from a process, there is no set amx, and auto computes with the next one. A seccomp filter stands for such a kernel.
func TestAMXRefused(t *testing.T) {
	const stage = "SKILLNEURON_TEST_AMX_REFUSED"
	switch os.Getenv(stage) {
	case "filter": // of this thread, and of what it becomes
		runtime.LockOSThread()
		if err := refuseAMX(); err != nil {
			t.Skip("this system has no seccomp filters: ", err)
		}
		os.Setenv(stage, "behind")
		t.Fatal(syscall.Exec("/proc/self/exe", os.Args, os.Environ()))
	case "behind":
		s := Sets()[0]
		if slices.ContainsFunc(Sets(), func(s *Set) bool { return s.HasAMX() }) {
			t.Error("there is a set with AMX")
		}
		if _, err := Lookup("amx"); err == nil || !strings.Contains(err.Error(), "not available") {
			t.Errorf("Lookup(amx): %v", err)
		}
		y := make([]float32, 1)
		packed := make([]float32, s.PackedLen(2, 1))
		s.PackT(packed, []float32{3, 4}, 1, 2, 2)
		if s.Gemm(1, 1, 2, []float32{1, 2}, 2, packed, y, 1, Epilogue{}); y[0] != 11 {
			t.Errorf("1·3 + 2·4 is %g", y[0])
		}
		return
	}
	if _, err := Lookup("amx"); err != nil {
		t.Skip(err)
	}
	c := exec.Command("/proc/self/exe", "-test.run=^TestAMXRefused$", "-test.v")
	c.Env = append(os.Environ(), stage+"=filter")
	out, err := c.CombinedOutput()
	if strings.Contains(string(out), "this system has no") {
		t.Skip("this system has no seccomp filters")
	}
	if err != nil || !strings.Contains(string(out), "--- PASS") {
		t.Errorf("%v\n%s", err, out)
	}
}

// refuseAMX makes arch_prctl(ARCH_REQ_XCOMP_PERM) fail in this thread.
func refuseAMX() error {
	const number, firstArgument = 0, 16 // in seccomp_data
	load := func(at uint32) unix.SockFilter {
		return unix.SockFilter{Code: unix.BPF_LD | unix.BPF_W | unix.BPF_ABS, K: at}
	}
	unless := func(x uint32, skip uint8) unix.SockFilter {
		return unix.SockFilter{Code: unix.BPF_JMP | unix.BPF_JEQ | unix.BPF_K, K: x, Jf: skip}
	}
	answer := func(x uint32) unix.SockFilter { return unix.SockFilter{Code: unix.BPF_RET | unix.BPF_K, K: x} }
	program := []unix.SockFilter{
		load(number), unless(unix.SYS_ARCH_PRCTL, 3),
		load(firstArgument), unless(0x1023, 1),
		answer(unix.SECCOMP_RET_ERRNO | uint32(unix.EPERM)),
		answer(unix.SECCOMP_RET_ALLOW),
	}
	if err := unix.Prctl(unix.PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0); err != nil {
		return err
	}
	f := unix.SockFprog{Len: uint16(len(program)), Filter: &program[0]}
	return unix.Prctl(unix.PR_SET_SECCOMP, unix.SECCOMP_MODE_FILTER, uintptr(unsafe.Pointer(&f)), 0, 0)
}

//go:build unix

package steps

import (
	"os"
	"os/signal"
	"strconv"

	"golang.org/x/sys/unix"
)

// limitVariable bounds the size of the files that a process of ours may write, which stands for a full disk: the kernel refuses a write part way,
// as it would with ENOSPC.
const limitVariable = "SKILLNEURON_TEST_FILE_LIMIT"

func limitFiles() {
	n, err := strconv.ParseUint(os.Getenv(limitVariable), 10, 63)
	if err != nil {
		return
	}
	signal.Ignore(unix.SIGXFSZ)
	if err := unix.Setrlimit(unix.RLIMIT_FSIZE, &unix.Rlimit{Cur: n, Max: n}); err != nil {
		panic(err)
	}
}

// SPDX-License-Identifier: GPL-3.0-or-later

//go:build cuda || cudaemu

package cuda

import (
	"bytes"
	"hash/maphash"

	"github.com/skillneuron/skillneuron/engine"
)

// slab is memory of one list of commands: tables on their way to the device, in segments, and results on their way back. It serves again once the list is
// through.
type slab struct {
	segments []segment
	counts   counts
	known    map[uint64]table // tables that are here, by hash: those of attention are the same in every layer
	pinned   []byte           // of the host: taps' faults, then what is fetched
	out      int              // used of it
	faults   []tapFault
	faultsAt address // of mostFaults words on the device
	fetched  []*fetched
	busy     bool // its commands are on the device
	turn     int  // when they went there
	events   any  // the device's own
}

// segment is pinned memory of the host, as much of the device, to which it is copied beside what that computes, and the seat of the tables, where kernels read
// them: that of all slabs, so that a list comes again whichever slab its tables wait in.
type segment struct {
	host     []byte
	at, seat address
	used     int
}

type table struct{ segment, from, to int }

type tapFault struct {
	tap       *engine.Tap
	at, width int // its word, and the number of neurons
}

// fetched is a result on its way.
type fetched struct {
	slab  *slab
	from  address
	at, n int
	data  []byte
	done  bool
}

const (
	segmentBytes = 1 << 20
	resultBytes  = 1 << 20
	mostFaults   = 512 // taps of one list
	tableAlign   = 16
)

var seed = maphash.MakeSeed()

func (s *slab) bytes() (n int) {
	for _, g := range s.segments {
		n += g.used
	}
	return n
}

// bringBack copies what the host is to have of the device's memory.
func (s *slab) bringBack(fetch func(to []byte, from address) error) error {
	if len(s.faults) > 0 {
		if err := fetch(s.pinned[:8*mostFaults], s.faultsAt); err != nil {
			return err
		}
	}
	for _, f := range s.fetched {
		if err := fetch(s.pinned[f.at:f.at+f.n], f.from); err != nil {
			return err
		}
	}
	return nil
}

func (s *slab) reset() {
	for i := range s.segments {
		s.segments[i].used = 0
	}
	clear(s.known)
	s.faults, s.fetched, s.out, s.busy, s.faultsAt, s.counts = s.faults[:0], s.fetched[:0], 8*mostFaults, false, 0, counts{}
}

// results gives the present slab memory for results.
func (b *Backend) results() (*slab, error) {
	s := b.queue.slab
	if s.pinned == nil {
		x, err := b.dev.pinned(resultBytes)
		if err != nil {
			return nil, err
		}
		s.pinned, s.out = x, 8*mostFaults
	}
	return s, nil
}

// room gives size bytes of a segment.
func (b *Backend) room(size int) (number, at int) {
	number, at, err := b.tryRoom(size)
	if err != nil {
		b.noMemory(max(segmentBytes, size), err)
	}
	return number, at
}

func (b *Backend) tryRoom(size int) (number, at int, err error) {
	s := b.queue.slab
	for i := range s.segments {
		if g := &s.segments[i]; g.used+size <= len(g.host) && (i == len(s.segments)-1 || s.segments[i+1].used == 0) {
			g.used += size
			return i, g.used - size, nil
		}
	}
	bytes := max(segmentBytes, size)
	number = len(s.segments)
	if number == 0 {
		// All slabs will be used: memory for them is wanted now, where a session expects that there may be none.
		for i := range b.queue.slabs {
			if t := &b.queue.slabs[i]; t != s && len(t.segments) == 0 {
				if err := b.addSegment(t, segmentBytes); err != nil {
					return 0, 0, err
				}
			}
		}
	}
	if err := b.addSegment(s, bytes); err != nil {
		return 0, 0, err
	}
	s.segments[number].used = size
	return number, 0, nil
}

// addSegment gives a slab one more.
func (b *Backend) addSegment(s *slab, bytes int) error {
	seat, err := b.seat(len(s.segments), bytes) // which stays where the rest fails: the next segment of that number finds it
	if err != nil {
		return err
	}
	at, err := b.dev.alloc(bytes)
	if err != nil {
		return err
	}
	host, err := b.dev.pinned(bytes) // the last, for it is for good
	if err != nil {
		b.check(b.dev.free(at, bytes))
		return err
	}
	s.segments = append(s.segments, segment{host: host, at: at, seat: seat})
	return nil
}

// seat is where tables of segments of that number go. One that is too small for a new segment is left by all, of which none that waits has a table there.
func (b *Backend) seat(number, bytes int) (address, error) {
	q := &b.queue
	if number < len(q.seats) && q.seats[number].size >= bytes {
		return q.seats[number].at, nil
	}
	at, err := b.dev.alloc(bytes)
	if err != nil {
		return 0, err
	}
	if number == len(q.seats) {
		q.seats = append(q.seats, chunk{})
	} else {
		b.retired = append(b.retired, q.seats[number])
	}
	q.seats[number] = chunk{at, bytes}
	for i := range q.slabs {
		if s := &q.slabs[i]; number < len(s.segments) {
			s.segments[number].seat = at
		}
	}
	return at, nil
}

// tables brings slices to the device, with all others of the list in one copy. Each takes the room of its bucket.
func (b *Backend) tables(slices ...[]byte) (at [8]address) {
	var hash maphash.Hash
	hash.SetSeed(seed)
	size := 0
	for i, x := range slices {
		at[i] = address(size)
		size += (bucket(len(x)) + tableAlign - 1) / tableAlign * tableAlign
		hash.Write(x)
		hash.WriteByte(byte(len(x)))
	}
	if size == 0 {
		return [8]address{}
	}
	s, sum := b.queue.slab, hash.Sum64()
	t, ok := s.known[sum]
	if !ok || !s.holds(t, at, slices, size) {
		n, from := b.room(size)
		t = table{n, from, from + size}
		for i, x := range slices {
			copy(s.segments[n].host[from+int(at[i]):], x)
		}
		if s.known == nil {
			s.known = map[uint64]table{}
		}
		s.known[sum] = t
	}
	base := s.segments[t.segment].seat + address(t.from)
	for i := range slices {
		at[i] += base
	}
	return at
}

// holds reports whether table t is these slices.
func (s *slab) holds(t table, at [8]address, slices [][]byte, size int) bool {
	if t.to-t.from != size {
		return false
	}
	host := s.segments[t.segment].host[t.from:t.to]
	for i, x := range slices {
		if !bytes.Equal(host[at[i]:int(at[i])+len(x)], x) {
			return false
		}
	}
	return true
}

// faultRoom begins a call whose taps want words for what is wrong: all of one list, and before the call makes tables.
func (b *Backend) faultRoom(op string, taps int) {
	engine.Must(taps <= mostFaults, op, "too many taps")
	if b.queue.slab != nil && len(b.queue.slab.faults)+taps > mostFaults {
		b.flush()
		b.queue.begin(b)
	}
}

// faultWord gives a tap a word in which kernels note what is wrong.
func (b *Backend) faultWord(t *engine.Tap, width int) address {
	s, err := b.results()
	if err != nil {
		b.noMemory(resultBytes, err)
	}
	if s.faultsAt == 0 {
		n, from := b.room(8 * mostFaults)
		host := s.segments[n].host[from : from+8*mostFaults]
		for i := range host {
			host[i] = 0xff // noFault
		}
		s.faultsAt = s.segments[n].seat + address(from)
	}
	i := len(s.faults)
	s.faults = append(s.faults, tapFault{t, i, width})
	return s.faultsAt + address(8*i)
}

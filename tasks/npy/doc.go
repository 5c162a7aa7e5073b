// Package npy reads and writes NumPy's .npy files (https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html): one array of
// numbers or booleans with its shape.
//
// Files are written in version 1.0, little-endian, row-major (C order), atomically, with the bytes that numpy.save writes. Versions 1.0 to
// 3.0 are read, either byte order, row-major or column-major; a file that is cut short, too long or of another type is an error that
// says so, never a wrong array.
package npy

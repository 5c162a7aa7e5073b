// Package interchange moves models and results between this project's files and those of the Python world: what torch.save writes, as the original
// program does.
//
// [Convert] is the whole of it; a conversion is a row of the table that [Kinds] shows, and a file of this package.
package interchange

// Package interchange moves models and results between this project's files and those of the Python world: what torch.save writes, as the original
// program does; folders that transformers loads, with modeling_skillneuron.py beside them where the model is no plain RoBERTa; AdapterHub's Pfeiffer
// adapters; PEFT's prompt tuning.
//
// [Convert] is the whole of it; a conversion is a row of the table that [Kinds] shows, and a file of this package.
package interchange

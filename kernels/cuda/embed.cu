// SPDX-License-Identifier: GPL-3.0-or-later

// embed is dst[r] = word[ids[r]] (or prompt[-1-ids[r]]) + typ + pos[pos_ids[r]], in the order of Hugging Face.
KERNEL(256) embed(float *dst, const void *word, int word_type, const void *pos, int pos_type, const float *typ, const void *prompt, int prompt_type,
                  const int *ids, const int *pos_ids, int cols, Count n) {
	EACH(i, n) {
		size_t r = i / cols, c = i % cols;
		int id = ids[r];
		float w = id < 0 ? load(prompt, prompt_type, size_t(-1 - id) * cols + c) : load(word, word_type, size_t(id) * cols + c);
		dst[i] = w + typ[c] + load(pos, pos_type, size_t(pos_ids[r]) * cols + c);
	}
}

// SPDX-License-Identifier: GPL-3.0-or-later

// ffn_act_grad is du += da·gelu'(pre), but for the neurons that cut (unless null) marks.
KERNEL(256) ffn_act_grad(float *du, const float *da, const float *pre, const unsigned char *cut, int cols, Count n) {
	EACH(i, n) if (!cut || !cut[i % cols])
		du[i] += da[i] * gelu_slope(pre[i]);
}

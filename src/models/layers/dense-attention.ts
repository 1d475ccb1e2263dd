/** The kinds of attention for patches: only their names, without TensorFlow.js. */

/**
 * How the last block mixes tokens when patches are compared with texts:
 * - `standard`: as trained, `softmax(q kᵀ) v`;
 * - `value`: no mixing, `v` itself (MaskCLIP, arXiv 2112.01071);
 * - `correlative`: `(softmax(q qᵀ) + softmax(k kᵀ)) v` (SCLIP, arXiv 2312.01597).
 *
 * The output projection, the residual connections and the MLP stay, as in the code of both papers.
 */
export type DenseAttention = 'standard' | 'value' | 'correlative'

export const denseAttentions: readonly DenseAttention[] = ['standard', 'value', 'correlative']

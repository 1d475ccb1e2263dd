/** The ids of CLIP's vocabulary. */

export const vocabularySize = 49_408
export const startToken = 49_406
export const endToken = 49_407

/** The id of the first merge. The n-th merge has this id plus n. */
export const firstMerge = 512

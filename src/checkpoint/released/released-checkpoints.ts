/** The checkpoints that DreamLIP's authors released, on Google Drive. */

/** A released checkpoint. */
export interface ReleasedCheckpoint {
  /** The name of the file in the cache folder. */
  readonly file: string
  /** The config of its model. */
  readonly config: string
  /** The images that it was trained on, with captions by ShareGPT4V. */
  readonly data: string
  readonly url: string
}

/**
 * Names for `DreamLIP.load` and `downloadCheckpoint`. The authors publish no checksums: keep the one that `downloadCheckpoint` returns, and pass it as
 * `sha256` next time.
 */
export const releasedCheckpoints: Readonly<Record<string, ReleasedCheckpoint>> = {
  cc3m: released('cc3m', 'CC3M', '1f8JdXmdGRQtCzXpEGTpE_T7bWXLMnaMj'),
  cc12m: released('cc12m', 'CC12M', '12qSRzW8q2Jg2L4y05s-AMXyCvPS7O6BK'),
  yfcc15m: released('yfcc15m', 'YFCC15M', '1CG1-XRsnff7b26WYdygNOWnhAqI5y_a7'),
  merged30m: released('merged30m', 'CC3M, CC12M and YFCC15M', '1pPVVOt_YALq_YX7x2kNEfDWSdHQ5wqew'),
}

function released(name: string, data: string, id: string): ReleasedCheckpoint {
  const url = `https://drive.google.com/uc?id=${id}&export=download`
  return { file: `${name}_dreamlip_vitb16.pt`, config: 'ViT-B-16', data, url }
}

/** Reads retrieval sets in CLIP_benchmark's WebDataset layout: numbered tar shards of images, each with a text file of one caption per line. */
import { TarDamaged } from '../../../data/readers/tar/header'
import { DreamLIPError } from '../../../errors'
import {
  countShards,
  imageEnding,
  isMissing,
  samplesOf,
  slicer,
} from '../classification/web-dataset/web-dataset.node.ts'
import type { CaptionedImage, DataProblem, RetrievalSet } from '../data-set'
import type { OpenSetOptions } from '../known-set'
import { areLong } from './own-pairs.node.ts'
import { withWords } from './retrieval-set.node.ts'

/**
 * Images stay in their shards until they are read.
 * @param location a folder or an address, which contains `test/0.tar` and so on
 * @throws DreamLIPError `DATA_INVALID` without shards, `DATA_EMPTY`; the signal's reason when aborted
 */
export async function readCaptionShards(location: string, options: OpenSetOptions = {}): Promise<RetrievalSet> {
  const { split = 'test', signal } = options
  const base = location.replace(/\/+$/, '')
  const problems: DataProblem[] = []
  const samples: CaptionedImage[] = []
  const shards = await countShards(`${base}/${split}`, signal)
  for (let shard = 0; shard < shards; shard++) {
    const name = `${split}/${shard}.tar`
    try {
      samples.push(...(await readShard(`${base}/${name}`, name, problems, signal)))
    } catch (error) {
      signal?.throwIfAborted()
      if (!isMissing(error)) throw error
      problems.push({ item: name, reason: 'shard-missing', message: `${name}: this shard is not there.` })
    }
  }
  if (samples.length === 0) {
    throw new DreamLIPError(
      'DATA_EMPTY',
      `${base}: its shards contain no image with captions. ${problems[0]?.message ?? ''}`.trim(),
    )
  }
  const name = base.slice(base.lastIndexOf('/') + 1)
  return { task: 'retrieval', name, split, isLong: areLong(samples), samples, problems }
}

/** The readable samples of a damaged shard are used. */
async function readShard(
  location: string,
  name: string,
  problems: DataProblem[],
  signal?: AbortSignal,
): Promise<CaptionedImage[]> {
  const samples: CaptionedImage[] = []
  const slice = await slicer(location, signal)
  try {
    for await (const { key, members } of samplesOf(location, signal)) {
      const id = `${name}/${key}`
      const image = members.find(({ ending }) => imageEnding.test(ending))
      const text = members.find(({ ending }) => ending === 'txt')
      if (!image) {
        problems.push({ item: id, reason: 'image-missing', message: `${id}: it has no image, and is left out.` })
        continue
      }
      const captions = text
        ? new TextDecoder()
            .decode(text.data)
            .split(/\r?\n/)
            .filter((line) => line !== '')
        : []
      samples.push({ id, image: slice(image.start, image.data.length), captions: withWords(id, captions, problems) })
    }
  } catch (error) {
    signal?.throwIfAborted()
    if (!(error instanceof TarDamaged)) throw error
    problems.push({ item: name, reason: 'shard-damaged', message: `${name}: ${error.message}.` })
  }
  return samples
}

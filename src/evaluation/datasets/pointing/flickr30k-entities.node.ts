/** Flickr30k Entities (Plummer et al., 2015): phrases of captions with boxes. */
import { join } from 'node:path'
import { readTextFile } from '../../../bytes/read/file.node.ts'
import { DreamLIPError } from '../../../errors'
import type { DataProblem, Phrase, PhraseImage, PointingSet } from '../data-set'
import { locateImages } from '../listed/located-images.node.ts'
import { childrenOf, parseXml } from './simple-xml'

type Box = Phrase['boxes'][number]

/** An annotation has at most a few hundred elements. */
const largestAnnotation = 1 << 22

/** @throws DreamLIPError `DATA_INVALID` if the list of the split is missing; the signal's reason when aborted */
export async function readFlickr30kEntities(folder: string, split: string, signal?: AbortSignal): Promise<PointingSet> {
  const ids = await readIds(join(folder, `${split}.txt`))
  const problems: DataProblem[] = []
  const named = ids.map((id) => ({ id, file: `${id}.jpg` }))
  const images = await locateImages(join(folder, 'flickr30k-images'), named, problems, signal)
  const samples: PhraseImage[] = []
  for (const [i, id] of ids.entries()) {
    signal?.throwIfAborted()
    const phrases = await phrasesOf(folder, id, problems)
    samples.push({ id, image: images[i]!, phrases })
  }
  return { task: 'pointing', name: 'flickr30k-entities', split, samples, problems }
}

async function readIds(list: string): Promise<string[]> {
  const text = await readTextFile(list).catch((error: unknown) => {
    throw new DreamLIPError(
      'DATA_INVALID',
      `${list}: expected the list of a split of Flickr30k Entities: ${(error as Error).message}`,
      { cause: error },
    )
  })
  const ids = text.split(/\r?\n/).filter((line) => line !== '')
  const wrong = ids.find((id) => !/^\d+$/.test(id))
  if (wrong === undefined) return ids
  throw new DreamLIPError(
    'DATA_INVALID',
    `${list}: expected a number on each line; got ${JSON.stringify(wrong.slice(0, 80))}.`,
  )
}

/** The phrases whose entity has a box. Others, such as scenes and things that are not visible, cannot be pointed at. */
async function phrasesOf(folder: string, id: string, problems: DataProblem[]): Promise<Phrase[]> {
  const read = async <T>(file: string, parse: (text: string) => T): Promise<T | undefined> => {
    try {
      return parse(await readTextFile(file, largestAnnotation))
    } catch (error) {
      if (!(error instanceof DreamLIPError) && !(error instanceof SyntaxError)) throw error
      const message = `${file}: ${error.message.replace(`${file}: `, '')} The phrases of ${id} do not count.`
      problems.push({ item: id, reason: 'annotation-unreadable', message })
      return undefined
    }
  }
  const boxes = await read(join(folder, 'Annotations', `${id}.xml`), parseAnnotation)
  const phrases = boxes && (await read(join(folder, 'Sentences', `${id}.txt`), parseSentences))
  return (phrases ?? []).flatMap(({ entity, text }) => {
    const ofEntity = boxes!.get(entity)
    return ofEntity ? [{ text, boxes: ofEntity }] : []
  })
}

/**
 * The boxes of each entity, counted from 0; the files count pixels from 1, and the last pixel belongs to the box.
 * @throws SyntaxError
 */
export function parseAnnotation(text: string): Map<string, Box[]> {
  const boxes = new Map<string, Box[]>()
  for (const object of childrenOf(parseXml(text), 'object')) {
    for (const box of childrenOf(object, 'bndbox')) {
      const [left, top, right, bottom] = ['xmin', 'ymin', 'xmax', 'ymax'].map((name) => {
        const value = Number(childrenOf(box, name)[0]?.text)
        if (!Number.isFinite(value)) throw new SyntaxError(`expected a number in ${name}.`)
        return value
      }) as [number, number, number, number]
      for (const { text: entity } of childrenOf(object, 'name')) {
        boxes.set(entity, [...(boxes.get(entity) ?? []), [left - 1, top - 1, right - left + 1, bottom - top + 1]])
      }
    }
  }
  return boxes
}

/** The phrases of `[/EN#283585/people A man] sits on [/EN#2/other a chair]`. */
export function parseSentences(text: string): { entity: string; text: string }[] {
  return [...text.matchAll(/\[\/EN#(\d+)\/[^\s\]]+\s+([^\]]+)\]/g)].map(([, entity, phrase]) => ({
    entity: entity!,
    text: phrase!.trim(),
  }))
}

/** Small shards for tests: pictures of 16 × 16 with captions, as tar files. */
import { writeFile } from 'node:fs/promises'
import { pack } from 'tar-stream'
import { encodePNG } from '../../src/index'
import { tiny } from '../training/tiny'
import { collect } from '../data/collect'

export const tinyModel = tiny

/** A unique picture. */
export async function picture(number: number): Promise<Uint8Array> {
  const data = Uint8Array.from({ length: 3 * 16 * 16 }, (_, at) => (number * 53 + at * (number + 1)) % 256)
  return encodePNG({ data, width: 16, height: 16, channels: 3 })
}

/** Writes a shard with `count` samples, numbered from `first`. */
export async function writeShard(
  path: string,
  first: number,
  count: number,
  broken: readonly number[] = [],
): Promise<void> {
  const archive = pack()
  for (let number = first; number < first + count; number++) {
    const key = String(number).padStart(6, '0')
    const image = broken.includes(number) ? Buffer.from('not a picture') : Buffer.from(await picture(number))
    archive.entry({ name: `${key}.png` }, image)
    archive.entry({ name: `${key}.txt` }, `picture number ${number}`)
  }
  archive.finalize()
  await writeFile(path, Buffer.concat(await collect(archive as unknown as AsyncIterable<Buffer>)))
}

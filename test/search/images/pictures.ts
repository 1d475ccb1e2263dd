/** Small pictures and a small model for tests of indexes. */
import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import sharp from 'sharp'
import { DreamLIP } from '../../../src/dreamlip'

/** A model with random weights that embeds a picture in a millisecond. */
export function createTinyModel(seed = 1): Promise<DreamLIP> {
  const config = {
    embed_dim: 8,
    vision_cfg: { image_size: 16, layers: 1, width: 16, head_width: 8, patch_size: 8 },
    text_cfg: { context_length: 12, vocab_size: 49408, width: 8, heads: 2, layers: 1 },
  }
  return DreamLIP.create(config, { device: 'cpu', runtime: 'eager', seed })
}

const made = new Map<number, Promise<Buffer>>()

/** A PNG of 8 by 8 pixels; each number produces a different one. */
export function png(number: number): Promise<Buffer> {
  const known = made.get(number)
  if (known) return known
  const pixels = Buffer.from(Array.from({ length: 8 * 8 * 3 }, (_, i) => (i * (number + 3) * 37 + number * 11) % 256))
  const bytes = sharp(pixels, { raw: { width: 8, height: 8, channels: 3 } })
    .png()
    .toBuffer()
  made.set(number, bytes)
  return bytes
}

/** A temporary folder. */
export function temporaryFolder(): string {
  return mkdtempSync(join(tmpdir(), 'dreamlip-images-'))
}

/** Writes files, and creates their folders. */
export async function fill(
  folder: string,
  files: Readonly<Record<string, number | string | Uint8Array>>,
): Promise<void> {
  for (const [name, contents] of Object.entries(files)) {
    const path = join(folder, name)
    mkdirSync(dirname(path), { recursive: true })
    writeFileSync(path, typeof contents === 'number' ? await png(contents) : contents)
  }
}

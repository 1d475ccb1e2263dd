import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { decodeImage } from '../../../src/images/decode/decode.node.ts'
import { DreamLIPError } from '../../../src/errors'

const fixtures = new URL('../../fixtures/images/', import.meta.url).pathname
const photos = new URL('../../../examples/photos/', import.meta.url).pathname
const bytesOf = (file: string) => new Uint8Array(readFileSync(file))

/** A PNG header that claims a size. */
function pngOfSize(width: number, height: number): Uint8Array {
  const bytes = bytesOf(`${fixtures}modes/rgb.png`)
  new DataView(bytes.buffer).setUint32(16, width)
  new DataView(bytes.buffer).setUint32(20, height)
  return bytes
}

describe('decodeImage', () => {
  it('takes a path, a file URL, a Blob, bytes and an ArrayBuffer alike', async () => {
    const path = `${photos}chelsea.png`
    const bytes = bytesOf(path)
    const expected = await decodeImage(path)
    for (const input of [new URL(`file://${path}`), new Blob([bytes]), bytes, bytes.buffer]) {
      expect((await decodeImage(input)).data).toEqual(expected.data)
    }
  })

  it.each([
    ['gray.png', 1],
    ['gray-alpha.png', 2],
    ['rgb.png', 3],
    ['rgba.png', 4],
    ['rgb-transparent-colour.png', 3],
    ['palette-alpha.png', 3],
    ['gray.jpg', 1],
    ['cmyk.jpg', 4],
  ])('keeps the mode of %s: %d channels', async (name, channels) => {
    expect((await decodeImage(`${fixtures}modes/${name}`)).channels).toBe(channels)
  })

  it('refuses a decompression bomb by its header', async () => {
    await expect(decodeImage(pngOfSize(60_000, 60_000))).rejects.toMatchObject({ code: 'IMAGE_TOO_LARGE' })
    const raw = { data: new Uint8Array(0), width: 1e6, height: 1e6, channels: 3 as const }
    await expect(decodeImage(raw)).rejects.toBeInstanceOf(DreamLIPError)
  })

  it('refuses truncated, empty and corrupt files, and text files named .jpg', async () => {
    const whole = bytesOf(`${photos}rocket.jpg`)
    const inputs = [
      whole.slice(0, 5000),
      new Uint8Array(0),
      new TextEncoder().encode('not an image'),
      new Uint8Array(500),
    ]
    for (const bytes of inputs) await expect(decodeImage(bytes)).rejects.toMatchObject({ code: 'IMAGE_INVALID' })
  })

  it('decodes the first frame of an animation', async () => {
    const sharp = (await import('sharp')).default
    const frames = [255, 0].map((value) => Buffer.alloc(8 * 8 * 3, value))
    const gif = await sharp(Buffer.concat(frames), { raw: { width: 8, height: 16, channels: 3, pageHeight: 8 } })
      .gif()
      .toBuffer()
    const { width, height, data } = await decodeImage(new Uint8Array(gif))
    expect([width, height, data[0]]).toEqual([8, 8, 255])
  })

  it('names the file that is missing and what to do', async () => {
    await expect(decodeImage('/nowhere/cat.jpg')).rejects.toThrow(
      /\/nowhere\/cat\.jpg: could not be read.*Check the path/s,
    )
  })

  it('refuses raw pixels whose number does not match their size', async () => {
    const raw = { data: new Uint8Array(10), width: 2, height: 2, channels: 3 as const }
    await expect(decodeImage(raw)).rejects.toThrow(/2 × 2 × 3 and 10 values/)
  })

  it.each([null, undefined, 5, {}])('refuses %j', async (input) => {
    await expect(decodeImage(input as never)).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' })
  })

  it('stops when it is aborted before it starts', async () => {
    await expect(decodeImage(`${photos}coffee.png`, { signal: AbortSignal.abort() })).rejects.toMatchObject({
      name: 'AbortError',
    })
  })

  it('decodes or refuses every damaged file', async () => {
    const originals = ['rgb.png', 'palette.png', '420.jpg', 'lossy.webp', 'palette.gif'].map((name) =>
      bytesOf(`${fixtures}modes/${name}`),
    )
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...originals),
        fc.array(fc.tuple(fc.nat(), fc.nat(255)), { maxLength: 8 }),
        async (original, changes) => {
          const bytes = original.slice()
          for (const [at, value] of changes) bytes[at % bytes.length] = value
          const result: unknown = await decodeImage(bytes).catch((error: unknown) => error)
          expect(result instanceof DreamLIPError || (result as { width: number }).width > 0).toBe(true)
        },
      ),
      { numRuns: 150 },
    )
  })
})

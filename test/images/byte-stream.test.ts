import { createReadStream, readFileSync } from 'node:fs'
import { Readable } from 'node:stream'
import { describe, expect, it } from 'vitest'
import { preprocessImage } from '../../src/images/preprocess/preprocess'
import { readStream } from '../../src/images/byte-stream'
import { DreamLIP } from '../../src/index'

const photo = 'examples/photos/chelsea.png'
const bytes = readFileSync(photo)
const limits = { limit: 1000 }

/** A web stream that produces chunks until it is cancelled. */
function endless() {
  let cancelled: unknown = false
  const stream = new ReadableStream<Uint8Array>({
    pull: (controller) => controller.enqueue(new Uint8Array(100)),
    cancel: (reason) => void (cancelled = reason ?? true),
  })
  return { stream, isCancelled: () => cancelled !== false }
}

describe('a stream as an image', () => {
  it.each([
    ['a web stream', () => new Blob([bytes]).stream()],
    ['the body of a response', () => new Response(bytes).body!],
    ['a Readable of Node', () => createReadStream(photo)],
    [
      'an async generator',
      async function* () {
        yield bytes.subarray(0, 999)
        yield bytes.subarray(999)
      },
    ],
  ])('may be %s', async (_, open) => {
    const expected = await preprocessImage(photo, { size: 16 })
    expect(await preprocessImage(open(), { size: 16 })).toEqual(expected)
  })

  it.each([false, true])('is embedded as its bytes are, also in a list (in a worker: %s)', async (worker) => {
    const model = await DreamLIP.create(
      {
        embed_dim: 8,
        vision_cfg: { image_size: 16, layers: 1, width: 16, head_width: 8, patch_size: 8 },
        text_cfg: { context_length: 12, vocab_size: 49408, width: 8, heads: 2, layers: 1 },
      },
      { device: 'cpu', runtime: 'eager', worker },
    )
    const expected = await model.encodeImage([photo, photo])
    expect(await model.encodeImage([createReadStream(photo), new Blob([bytes]).stream()])).toEqual(expected)
    const half = Readable.from([bytes.subarray(0, 5000)])
    await expect(model.encodeImage([photo, half])).rejects.toMatchObject({
      code: 'IMAGE_INVALID',
      index: 1,
      // A worker receives the bytes.
      message: expect.stringContaining(
        `images[1]: ${worker ? 'Uint8Array' : 'stream'} (5,000 bytes): expected an image`,
      ),
    })
    model.dispose()
  })

  it('is refused beyond the limit, and cancelled', async () => {
    const { stream, isCancelled } = endless()
    await expect(readStream(stream, limits)).rejects.toMatchObject({ code: 'IMAGE_TOO_LARGE' })
    expect(isCancelled()).toBe(true)
    const readable = Readable.from(Array<Uint8Array>(20).fill(new Uint8Array(100)))
    await expect(readStream(readable, limits)).rejects.toMatchObject({ code: 'IMAGE_TOO_LARGE' })
    expect(readable.destroyed).toBe(true)
  })

  it('ends at once when aborted, even if its source says nothing more', async () => {
    for (const stream of [new ReadableStream<Uint8Array>(), new Readable({ read() {} })]) {
      const controller = new AbortController()
      const reading = readStream(stream, { ...limits, signal: controller.signal })
      setTimeout(() => controller.abort(new Error('enough')), 5)
      await expect(reading).rejects.toThrow('enough')
    }
  })

  it('that breaks, or was read before, cannot be read', async () => {
    const broken = new ReadableStream<Uint8Array>({
      start: (controller) => controller.error(new Error('reset by peer')),
    })
    await expect(readStream(broken, limits)).rejects.toMatchObject({
      code: 'SOURCE_UNREADABLE',
      message: expect.stringMatching(/^stream: could not be read: reset by peer\..*only once/),
    })
    const stream = new Blob(['abc']).stream()
    stream.getReader()
    await expect(readStream(stream, limits)).rejects.toMatchObject({ code: 'SOURCE_UNREADABLE' })
  })

  it('must consist of bytes', async () => {
    const text = Readable.from(['abc'])
    await expect(readStream(text as never, limits)).rejects.toMatchObject({
      code: 'INVALID_ARGUMENT',
      message: expect.stringMatching(/a stream of bytes; got "abc"/),
    })
  })
})

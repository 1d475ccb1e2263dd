/** Images that cannot be read: identified by their index and the caller's value, and left out on request. */
import { readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { DreamLIP, DreamLIPError, type ErrorCode } from '../../../src/index'

const photo = 'examples/photos/chelsea.png'
const bytes = readFileSync(photo)
const broken = bytes.subarray(0, 12_034)
const config = {
  embed_dim: 16,
  vision_cfg: { image_size: 16, layers: 1, width: 64, patch_size: 8 },
  text_cfg: { context_length: 12, vocab_size: 49408, width: 64, heads: 1, layers: 1 },
}
const server = createServer((request, response) => {
  if (request.url === '/photo.png') response.end(bytes)
  else response.writeHead(404).end()
})
let model: DreamLIP
let address: string
beforeAll(async () => {
  model = await DreamLIP.create(config, { device: 'cpu', runtime: 'eager' })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  address = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
})
afterAll(() => {
  model.dispose()
  server.close()
})

/** A list with images that cannot be read for different reasons at 1, 4, 6 and 10. */
const mixed = () => [
  photo,
  'missing.jpg',
  bytes,
  `${address}/photo.png`,
  `${address}/missing.png`,
  new Blob([bytes]),
  new Blob([broken], { type: 'image/png' }),
  new File([bytes], 'cat.png'),
  photo,
  photo,
  new File([broken], 'half a cat.png'),
]
const wrong: readonly [number, ErrorCode][] = [
  [1, 'SOURCE_UNREADABLE'],
  [4, 'HTTP_STATUS'],
  [6, 'IMAGE_INVALID'],
  [10, 'IMAGE_INVALID'],
]

async function errorOf(call: Promise<unknown>): Promise<DreamLIPError> {
  const error: unknown = await call.catch((reason: unknown) => reason)
  expect(error).toBeInstanceOf(DreamLIPError)
  return error as DreamLIPError
}

describe('an image that cannot be read', () => {
  it.each([
    [() => [photo, broken], /^images\[1\]: Uint8Array \(12,034 bytes\): expected an image/],
    [() => [photo, photo, new Blob([broken])], /^images\[2\]: Blob \(12,034 bytes\): /],
    [() => [photo, new Blob([broken], { type: 'image/png' })], /^images\[1\]: Blob \(image\/png, 12,034 bytes\): /],
    [() => [photo, new File([broken], 'half.png')], /^images\[1\]: half\.png: /],
    [() => [photo, broken.buffer.slice(0, 700)], /^images\[1\]: ArrayBuffer \(700 bytes\): /],
    [() => [photo, 'missing.jpg'], /^images\[1\]: missing\.jpg: could not be read/],
    [
      () => [photo, { data: new Uint8Array(3), width: 2, height: 2, channels: 3 as const }],
      /^images\[1\]: expected 8-bit/,
    ],
  ])('of a list is named by its place and by what was passed', async (images, message) => {
    const list = images()
    const calls = [model.encodeImage(list), model.encodePatches(list), model.classify(list, ['a', 'b'])]
    for (const error of await Promise.all(calls.map(errorOf))) {
      expect(error).toMatchObject({ index: list.length - 1, message: expect.stringMatching(message) })
    }
  })

  it('is named in the second batch too, where threads prepare it', async () => {
    const list = [...Array<string>(12).fill(photo), broken, photo]
    expect(await errorOf(model.encodeImage(list))).toMatchObject({
      code: 'IMAGE_INVALID',
      index: 12,
      message: expect.stringMatching(/^images\[12\]: Uint8Array \(12,034 bytes\): /),
    })
  })

  it('has no index if it was passed alone', async () => {
    const error = await errorOf(model.encodeImage(new File([broken], 'half.png')))
    expect(error.message).toMatch(/^half\.png: expected an image/)
    expect(error.index).toBeUndefined()
    expect('index' in error).toBe(false)
  })
})

describe("onError: 'skip'", () => {
  it.each([1, 3, 8, 64])('costs only the images that cannot be read, in batches of %d', async (batchSize) => {
    const good = mixed().filter((_, i) => !wrong.some(([index]) => index === i))
    const expected = await model.encodeImage(good)
    const progress: number[] = []
    const { data, shape, errors } = await model.encodeImage(mixed(), {
      onError: 'skip',
      batchSize,
      onProgress: ({ done }) => progress.push(done),
    })
    expect(shape).toEqual([11, 16])
    expect(progress.at(-1)).toBe(11)
    expect(errors!.map(({ index, code }) => [index, code])).toEqual(wrong)
    expect(errors![2]!.message).toMatch(/^images\[6\]: Blob \(image\/png, 12,034 bytes\): /)
    expect(errors![3]!.message).toMatch(/^images\[10\]: half a cat\.png: /)
    expect(JSON.parse(JSON.stringify(structuredClone(errors)))).toEqual(errors)
    let row = 0
    for (let i = 0; i < 11; i++) {
      const values = [...data.subarray(i * 16, (i + 1) * 16)]
      if (wrong.some(([index]) => index === i)) expect(values).toEqual(Array<number>(16).fill(NaN))
      else expect(values).toEqual([...expected.data.subarray(row * 16, ++row * 16)])
    }
  })

  it('does the same for patches, similarities and classes', async () => {
    const options = { onError: 'skip' } as const
    const list = [photo, broken, bytes]
    const { image, patches, errors } = await model.encodePatches(list, options)
    expect([image.shape, patches.shape]).toEqual([
      [3, 16],
      [3, 4, 64],
    ])
    expect(errors).toMatchObject([{ index: 1, code: 'IMAGE_INVALID' }])
    const { patches: alone } = await model.encodePatches(photo)
    expect(patches.data.subarray(0, 256)).toEqual(alone.data)
    expect(patches.data.subarray(256, 512).every(Number.isNaN)).toBe(true)
    expect(patches.data.subarray(512)).toEqual(alone.data)

    const cosines = await model.similarity(list, ['a cat', 'a dog'], options)
    // The decoder's wording may differ when several images are decoded at once.
    expect(cosines.errors).toMatchObject([{ index: 1, code: 'IMAGE_INVALID' }])
    expect([...cosines.data].map(Number.isNaN)).toEqual([false, false, true, true, false, false])
    const again = await model.similarity(await model.encodeImage(list, options), ['a cat', 'a dog'])
    expect([again.data, again.errors?.length]).toEqual([cosines.data, 1])

    const classes = await model.classify(list, ['a cat', 'a dog'], options)
    expect(classes.map(({ length }) => length)).toEqual([2, 0, 2])
    expect(classes[0]).toEqual((await model.classify(photo, ['a cat', 'a dog']))[0])
  })

  it('lists nothing if all images can be read, and everything if none can', async () => {
    expect((await model.encodeImage([photo], { onError: 'skip' })).errors).toEqual([])
    expect((await model.encodeImage([photo])).errors).toBeUndefined()
    const none = await model.encodeImage(['a.jpg', 'b.jpg'], { onError: 'skip' })
    expect(none.errors!.map(({ index }) => index)).toEqual([0, 1])
    expect([...none.data].every(Number.isNaN)).toBe(true)
  })

  it('still refuses wrong arguments, by their place', async () => {
    for (const list of [
      [photo, 3 as never],
      [photo, { data: new Float32Array(3), shape: [3, 1, 1] as const }],
    ]) {
      expect(await errorOf(model.encodeImage(list, { onError: 'skip' }))).toMatchObject({
        code: 'INVALID_ARGUMENT',
        index: 1,
        message: expect.stringMatching(/^images\[1\]: /),
      })
    }
    expect(await errorOf(model.encodeImage(photo, { onError: 'ignore' as never }))).toMatchObject({
      code: 'INVALID_ARGUMENT',
      message: expect.stringMatching(/^onError: expected one of throw, skip; got "ignore"/),
    })
  })
})

describe('a text that cannot be embedded', () => {
  it.each([
    [['a', 3 as never], /^texts\[1\]: expected a string/],
    [
      {
        tokens: [
          [49406, 49407],
          [49406, 99999, 49407],
        ],
      },
      /^tokens\[1\]\[1\]: /,
    ],
    [{ tokens: [[49406, 49407], []] }, /^tokens\[1\]: /],
    [
      {
        tokens: [
          [49406, 49407],
          [49406, 320],
        ],
      },
      /^tokens\[1\]: expected the end token/,
    ],
    [{ ids: Int32Array.of(49406, 49407, 49406, 320), shape: [2, 2], lengths: Int32Array.of(2, 2) } as never, /row 1/],
  ])('is named by its place', async (texts, message) => {
    expect(await errorOf(model.encodeText(texts))).toMatchObject({
      code: 'INVALID_ARGUMENT',
      index: 1,
      message: expect.stringMatching(message),
    })
  })
})

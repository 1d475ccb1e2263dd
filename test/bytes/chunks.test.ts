import fc from 'fast-check'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { chunksOf, firstBytes, joinBytes, skipBytes } from '../../src/bytes/chunks'
import { readBytes } from '../../src/bytes/read/read-bytes'

async function* stream(chunks: readonly Uint8Array[], onRead: () => void = () => undefined) {
  for (const chunk of chunks) {
    onRead()
    yield chunk
  }
}

const chunked = fc.array(fc.uint8Array({ maxLength: 5 }), { maxLength: 6 })
const whole = (chunks: readonly Uint8Array[]) => new Uint8Array(Buffer.concat(chunks))

describe('a stream of bytes', () => {
  it('can be cut in two at any place, and nothing is lost', async () => {
    await fc.assert(
      fc.asyncProperty(chunked, fc.nat(30), async (chunks, count) => {
        expect(new Uint8Array(await firstBytes(stream(chunks), count))).toEqual(whole(chunks).slice(0, count))
        const rest: Uint8Array[] = []
        for await (const chunk of skipBytes(stream(chunks), count)) rest.push(chunk)
        expect(whole(rest)).toEqual(whole(chunks).slice(count))
      }),
    )
  })

  it('is read only as far as the requested first bytes', async () => {
    let read = 0
    await firstBytes(
      stream([new Uint8Array(4), new Uint8Array(4), new Uint8Array(4)], () => read++),
      5,
    )
    expect(read).toBe(2)
  })

  it('is joined without a copy if it is one chunk', () => {
    const only = new Uint8Array(3)
    expect(joinBytes([only], 3)).toBe(only)
  })
})

describe('a stream of the web', () => {
  const iterator = Object.getOwnPropertyDescriptor(ReadableStream.prototype, Symbol.asyncIterator)!
  afterEach(() => void Object.defineProperty(ReadableStream.prototype, Symbol.asyncIterator, iterator))

  it('is read where streams cannot be iterated over, as in Safari', async () => {
    Reflect.deleteProperty(ReadableStream.prototype, Symbol.asyncIterator)
    expect(Symbol.asyncIterator in new Blob(['x']).stream()).toBe(false)
    expect([...(await readBytes('data:text/plain;base64,AQID', { limit: 3 }))]).toEqual([1, 2, 3])
  })

  it('is cancelled where its reader leaves early', async () => {
    const cancel = vi.fn()
    const endless = new ReadableStream<Uint8Array>({
      pull: (controller) => controller.enqueue(new Uint8Array(2)),
      cancel,
    })
    for await (const chunk of chunksOf(endless)) {
      expect(chunk.length).toBe(2)
      break
    }
    expect(cancel).toHaveBeenCalledOnce()
  })
})

import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { firstBytes, joinBytes, skipBytes } from '../../src/bytes/chunks'

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

/** Requests of a page to its own server and to others. */
import { afterEach, expect, it, vi } from 'vitest'
import { openURL } from '../../../src/bytes/http/ranges'
import { sendBytes, serve } from '../../server/server'

afterEach(() => vi.unstubAllGlobals())

it.each([
  ['another origin', () => 'https://page.example/app/', undefined],
  ['its own origin', (server: string) => `${server}/app/`, '"v1"'],
])('a page sends If-Range to its own origin only: %s', async (_, pageOf, expected) => {
  const file = new Uint8Array(300_000).map((_, i) => i)
  const asked: (string | undefined)[] = []
  let etag = '"v1"'
  const server = await serve((request, response) => {
    asked.push(request.headers['if-range'] as string | undefined)
    sendBytes(file, request, response, { headers: { ETag: etag } })
  })
  vi.stubGlobal('location', { href: pageOf(server.url) })
  const source = await openURL(`${server.url}/model.pt`)
  expect(await source.read(200_000, 10)).toEqual(file.slice(200_000, 200_010))
  expect(asked).toEqual([undefined, expected])
  // A different version is still detected.
  etag = '"v2"'
  await expect(source.read(100_000, 10)).rejects.toMatchObject({ code: 'HTTP_CHANGED' })
  await server.close()
})

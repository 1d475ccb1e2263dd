/** Names on the Hub in browsers: files are read by ranges, from the Hub and from the server that it redirects to. */
import { readFileSync } from 'node:fs'
import { afterEach, describe, expect, it } from 'vitest'
import type { OpenHubOptions } from '../../../src/checkpoint/hub/hub-folder'
import { openHub } from '../../../src/checkpoint/hub/open-hub.browser'
import { chooseWeights } from '../../../src/checkpoint/folder/choose-weights'
import { readJSONFile } from '../../../src/checkpoint/folder/json-file'
import { repository, serveHub, type HubRepository, type TestHub } from '../../server/hub'

const weights = readFileSync('examples/golden/golden.pt')
const token = 'hf_secret'

let hub: TestHub
afterEach(() => hub.close())

async function start(files: Record<string, Uint8Array | string>, rest?: Partial<HubRepository>): Promise<void> {
  hub = await serveHub({ 'dream/lip': repository(files, rest) })
}

const open = (source: string, options: OpenHubOptions = {}) =>
  openHub(source, { ...options, hub: { endpoint: hub.url, ...options.hub } })

describe('a name on the Hub in a browser', () => {
  it('opens a file by ranges, and the files next to it', async () => {
    await start({ 'sub/golden.pt': weights, 'sub/config.json': '{"a": 1}' })
    const { folder, chosen } = await open('hf://dream/lip/sub/golden.pt')
    expect(chosen!.source.byteLength).toBe(weights.length)
    const end = await chosen!.source.read(weights.length - 10, 10)
    expect(Buffer.from(end).equals(weights.subarray(-10))).toBe(true)
    expect(hub.stored.every((request) => / bytes=\d+-\d+$/.test(request))).toBe(true)
    expect(await readJSONFile(folder, 'config.json')).toEqual({ a: 1 })
    expect(await readJSONFile(folder, 'other.json')).toBeUndefined()
  })

  it('opens the weights of a repository, by a usual name or the only one', async () => {
    await start({ 'pytorch_model.bin': weights, 'README.md': '#' })
    expect((await chooseWeights((await open('hf://dream/lip')).folder)).file).toBe('pytorch_model.bin')
    await hub.close()
    await start({ 'lip-B.pt': weights, 'README.md': '#' })
    expect((await chooseWeights((await open('hf://dream/lip')).folder)).file).toBe('lip-B.pt')
  })

  it('sends the token to the Hub only', async () => {
    await start({ 'golden.pt': weights }, { token })
    await open('hf://dream/lip/golden.pt', { hub: { token } })
    expect(new Set(hub.tokens.hub)).toEqual(new Set([`Bearer ${token}`]))
    expect(new Set(hub.tokens.store)).toEqual(new Set([undefined]))
  })

  it.each([
    ['hf://dream/lap', {}, /^hf:\/\/dream\/lap@main: there is no repository dream\/lap, or it is private \(401\)/],
    ['hf://dream/lip@v2', {}, /the repository dream\/lip has no branch, tag or commit v2/],
    ['hf://dream/lip/goldn.pt', {}, /no file goldn\.pt\. Did you mean golden\.pt\?/],
    ['hf://dream/lip', { gated: true, token }, /the repository is gated: accept its terms at .*then pass a token/],
  ])('%s, where %j, is refused with the reason', async (source, rest, message) => {
    await start({ 'golden.pt': weights }, rest)
    const opening = open(source).then(({ folder }) => chooseWeights(folder))
    await expect(opening).rejects.toMatchObject({
      code: 'HTTP_STATUS',
      message: expect.stringMatching(message) as string,
    })
  })
})

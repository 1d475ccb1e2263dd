/** Names on the Hub in Node, with a server that behaves like the Hub. */
import {
  existsSync,
  lstatSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import {
  createModel,
  DreamLIP,
  downloadCheckpoint,
  inspectCheckpoint,
  pyTorchBlob,
  type LoadOptions,
  type Progress,
} from '../../../src/index.node.ts'
import { hurry } from '../../server/hurry'
import { commitOf, repository, serveHub, type HubOptions, type HubRepository, type TestHub } from '../../server/hub'
import { serve } from '../../server/server'

const weights = readFileSync('examples/golden/golden.pt')
const token = 'hf_secretSecretSecret'

/** A model whose file does not describe it. */
const config = {
  embed_dim: 8,
  vision_cfg: { image_size: 16, layers: 1, width: 16, head_width: 8, patch_size: 8 },
  text_cfg: { context_length: 12, vocab_size: 49408, width: 8, heads: 2, layers: 1 },
}
const { parameters } = createModel(config)
const silent = new Uint8Array(
  await pyTorchBlob(
    new Map([...parameters].map(([name, tensor]) => [name, { ...tensor, dtype: 'float32' }])),
  ).arrayBuffer(),
)

hurry(100)

let home: string
let hub: TestHub
const closers: (() => Promise<void>)[] = []
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'dreamlip-hub-'))
  for (const name of [
    'HF_TOKEN',
    'HF_HUB_CACHE',
    'HUGGINGFACE_HUB_CACHE',
    'HF_TOKEN_PATH',
    'HF_HUB_OFFLINE',
    'TRANSFORMERS_OFFLINE',
  ])
    vi.stubEnv(name, '')
  vi.stubEnv('HF_HOME', home)
})
afterEach(async () => {
  vi.unstubAllEnvs()
  await Promise.all(closers.splice(0).map((close) => close()))
  rmSync(home, { recursive: true })
})

async function start(repositories: Record<string, HubRepository>, options?: HubOptions): Promise<TestHub> {
  hub = await serveHub(repositories, options)
  closers.push(hub.close)
  vi.stubEnv('HF_ENDPOINT', `${hub.url}/`)
  return hub
}

const load = async (source: string, options: LoadOptions = {}) =>
  await DreamLIP.load(source, { device: 'cpu', runtime: 'eager', onWarning: () => undefined, ...options })

/** Loads and frees a model. @returns the file that was loaded */
async function sourceOf(source: string, options?: LoadOptions): Promise<string> {
  const model = await load(source, options)
  model.dispose()
  return model.source!
}

const cacheOf = (name = 'dream/lip') => join(home, 'hub', `models--${name.replace('/', '--')}`)

describe('a file on the Hub', () => {
  it('is downloaded to the Hub’s cache with progress, checked, and loaded', async () => {
    const { requests, stored } = await start({ 'dream/lip': repository({ 'golden.pt': weights }) })
    const progress: Progress[] = []
    const path = await sourceOf('hf://dream/lip/golden.pt', { onProgress: (step) => progress.push(step) })
    const commit = hub.repositories['dream/lip']!.refs['main']!
    expect(path).toBe(join(cacheOf(), 'snapshots', commit, 'golden.pt'))
    expect(readFileSync(path).equals(weights)).toBe(true)
    expect(lstatSync(path).isSymbolicLink()).toBe(true)
    expect(readlinkSync(path)).toMatch(/^\.\.\/\.\.\/blobs\/[0-9a-f]{64}$/)
    expect(readFileSync(join(cacheOf(), 'refs', 'main'), 'utf8')).toBe(commit)
    expect([...new Set(progress.map(({ stage }) => stage))]).toEqual(['download', 'load'])
    expect(requests.slice(0, 2)).toEqual([
      'HEAD /dream/lip/resolve/main/golden.pt',
      `GET /dream/lip/resolve/${commit}/golden.pt`,
    ])
    expect(stored).toHaveLength(1)
  })

  it('is not downloaded again, and needs no network the second time', async () => {
    await start({ 'dream/lip': repository({ 'golden.pt': weights }) })
    const path = await sourceOf('hf://dream/lip/golden.pt')
    expect(await sourceOf('hf://dream/lip/golden.pt')).toBe(path)
    expect(hub.stored).toHaveLength(1)
    await closers.pop()!()
    expect(await sourceOf('hf://dream/lip/golden.pt')).toBe(path)
  })

  it('of a commit makes no request once it is there, for itself and for the files next to it', async () => {
    await start({ 'dream/lip': repository({ 'golden.pt': weights }) })
    const commit = hub.repositories['dream/lip']!.refs['main']!
    await sourceOf(`hf://dream/lip/golden.pt@${commit}`)
    expect(existsSync(join(cacheOf(), 'refs'))).toBe(false)
    const asked = hub.requests.length
    await sourceOf(`hf://dream/lip/golden.pt@${commit}`)
    expect(hub.requests).toHaveLength(asked)
  })

  it('of a branch that moved is the new one, and the old commit stays', async () => {
    const [old, now] = [commitOf('old'), commitOf('now')]
    const moved = Buffer.concat([weights])
    await start({
      'dream/lip': {
        refs: { main: old, 'refs/pr/1': now },
        commits: { [old]: { 'golden.pt': weights, 'README.md': '1' }, [now]: { 'golden.pt': moved, 'README.md': '2' } },
      },
    })
    expect(await sourceOf('hf://dream/lip/golden.pt')).toContain(old)
    expect(await sourceOf('hf://dream/lip/golden.pt@refs/pr/1')).toContain(now)
    hub.repositories['dream/lip']!.refs['main'] = now
    expect(await sourceOf('hf://dream/lip/golden.pt')).toContain(now)
    expect(readFileSync(join(cacheOf(), 'refs', 'refs', 'pr', '1'), 'utf8')).toBe(now)
    expect(readdirSync(join(cacheOf(), 'snapshots')).sort()).toEqual([old, now].sort())
    // The same contents are stored and downloaded once.
    expect(hub.stored).toHaveLength(1)
  })

  it('is resumed where a cut connection and an aborted load left it', async () => {
    await start(
      { 'dream/lip': repository({ 'golden.pt': weights }) },
      {
        misbehave: (count) => (count === 1 ? { stallAfter: 100_000 } : {}),
      },
    )
    const controller = new AbortController()
    const onProgress = ({ done }: Progress) => done === 100_000 && controller.abort(new Error('enough'))
    await expect(load('hf://dream/lip/golden.pt', { onProgress, signal: controller.signal })).rejects.toThrow('enough')
    expect(readdirSync(join(cacheOf(), 'blobs')).some((name) => name.endsWith('.part'))).toBe(true)
    const path = await sourceOf('hf://dream/lip/golden.pt')
    expect(hub.stored.at(-1)).toMatch(/ bytes=100000-$/)
    expect(readFileSync(path).equals(weights)).toBe(true)
    expect(readdirSync(join(cacheOf(), 'blobs'))).toHaveLength(1)
  })

  it('with other contents than the Hub’s checksum says is removed', async () => {
    const wrong = Uint8Array.from(weights, (byte, i) => (i === weights.length - 1 ? byte ^ 1 : byte))
    await start({ 'dream/lip': repository({ 'golden.pt': weights }) }, { misbehave: () => ({ body: wrong }) })
    await expect(load('hf://dream/lip/golden.pt')).rejects.toMatchObject({ code: 'CHECKSUM_MISMATCH' })
    expect(readdirSync(join(cacheOf(), 'blobs'))).toEqual([])
    expect(existsSync(join(cacheOf(), 'snapshots'))).toBe(false)
  })

  it('is downloaded once for two loads at the same time, and for all workers', async () => {
    await start({ 'dream/lip': repository({ 'golden.pt': weights }) })
    await Promise.all([sourceOf('hf://dream/lip/golden.pt'), sourceOf('hf://dream/lip/golden.pt')])
    expect(hub.stored).toHaveLength(1)
    await rmSync(cacheOf(), { recursive: true })
    const model = await DreamLIP.load('hf://dream/lip/golden.pt', { device: 'cpu', worker: true, workers: 2 })
    expect(model.source).toContain('snapshots')
    await model[Symbol.asyncDispose]()
    expect(hub.stored).toHaveLength(2)
  })

  it('is stored without links where they are not wanted', async () => {
    vi.stubEnv('HF_HUB_DISABLE_SYMLINKS', '1')
    const [a, b] = [commitOf('a'), commitOf('b')]
    const files = { 'golden.pt': weights }
    await start({ 'dream/lip': { refs: { main: a, next: b }, commits: { [a]: files, [b]: files } } })
    const path = await sourceOf('hf://dream/lip/golden.pt')
    expect(lstatSync(path).isFile()).toBe(true)
    expect(readFileSync(path).equals(weights)).toBe(true)
    expect(readdirSync(join(cacheOf(), 'blobs'))).toEqual([])
    expect(lstatSync(await sourceOf('hf://dream/lip/golden.pt@next')).isFile()).toBe(true)
  })
})

describe('a repository on the Hub', () => {
  const files = {
    'README.md': '#',
    'open_clip_pytorch_model.bin': silent,
    'open_clip_config.json': JSON.stringify(config),
  }

  it('gives the weights with the usual name, and the files next to it', async () => {
    await start({ 'dream/lip': repository(files) })
    expect(await sourceOf('hf://dream/lip')).toMatch(/open_clip_pytorch_model\.bin$/)
    const commit = hub.repositories['dream/lip']!.refs['main']!
    expect(existsSync(join(cacheOf(), 'snapshots', commit, 'open_clip_config.json'))).toBe(true)
    expect(existsSync(join(cacheOf(), '.no_exist', commit, 'model.safetensors'))).toBe(true)
    expect(existsSync(join(cacheOf(), 'snapshots', commit, 'README.md'))).toBe(false)
    await closers.pop()!()
    expect(await sourceOf('hf://dream/lip')).toMatch(/open_clip_pytorch_model\.bin$/)
  })

  it('with one file of weights of another name gives that', async () => {
    await start({ 'dream/lip': repository({ 'lip-B.pt': weights }) })
    expect(await sourceOf('hf://dream/lip')).toMatch(/lip-B\.pt$/)
  })

  it('with several says which', async () => {
    await start({ 'dream/lip': repository({ 'a.pt': weights, 'b.pt': weights }) })
    await expect(load('hf://dream/lip')).rejects.toThrow(
      /^hf:\/\/dream\/lip: it contains several checkpoints: a\.pt, b\.pt/,
    )
  })

  it('of a mirror without the API is read by its files alone', async () => {
    await start({ 'dream/lip': repository(files) }, { api: false })
    expect(await sourceOf('hf://dream/lip')).toMatch(/open_clip_pytorch_model\.bin$/)
  })

  it('is inspected and downloaded by its name too', async () => {
    await start({ 'dream/lip': repository(files) })
    expect(await inspectCheckpoint('hf://dream/lip')).toMatchObject({ format: 'pytorch-zip' })
    const got = await downloadCheckpoint('hf://dream/lip')
    expect(got).toMatchObject({ bytes: silent.length, cached: true })
    expect(got.path).toMatch(/open_clip_pytorch_model\.bin$/)
  })

  it('may be in another folder', async () => {
    await start({
      'dream/lip': repository({ 'sub/model.pt': silent, 'sub/open_clip_config.json': JSON.stringify(config) }),
    })
    const cacheDir = join(home, 'elsewhere')
    const path = await sourceOf('hf://dream/lip/sub/model.pt', { hub: { cacheDir } })
    expect(path.startsWith(cacheDir)).toBe(true)
    expect(existsSync(join(path, '..', 'open_clip_config.json'))).toBe(true)
  })
})

describe('a token', () => {
  it.each([
    ['the option', { hub: { token } }],
    ['HF_TOKEN', {}],
    ['the token file', {}],
    ['a header', { headers: { Authorization: `Bearer ${token}` } }],
  ])('from %s opens a private repository, and only the Hub sees it', async (way, options) => {
    if (way === 'HF_TOKEN') vi.stubEnv('HF_TOKEN', token)
    if (way === 'the token file') writeFileSync(join(home, 'token'), `${token}\n`)
    await start({ 'dream/lip': repository({ 'golden.pt': weights }, { token }) })
    await sourceOf('hf://dream/lip/golden.pt', options)
    expect(new Set(hub.tokens.hub)).toEqual(new Set([`Bearer ${token}`]))
    expect(hub.tokens.store).toEqual([undefined])
  })

  it('is not sent with token: false, and never appears in a message', async () => {
    vi.stubEnv('HF_TOKEN', token)
    await start({ 'dream/lip': repository({ 'golden.pt': weights }, { token: 'hf_other' }) })
    const refused: unknown = await load('hf://dream/lip/golden.pt').catch((error: unknown) => error)
    expect(refused).toMatchObject({ code: 'HTTP_STATUS', cause: 404 })
    expect(String((refused as Error).message)).not.toContain(token)
    await expect(load('hf://dream/lip/golden.pt', { hub: { token: false } })).rejects.toThrow(
      /no repository dream\/lip, or it is private \(401\).*set HF_TOKEN/,
    )
    expect(hub.tokens.hub.at(-1)).toBeUndefined()
    await expect(load('hf://dream/lip', { hub: { token: 'two\nlines' } })).rejects.toThrow(/^hub\.token: expected/)
  })

  it('is asked for by a gated repository, with the address of its terms', async () => {
    await start({ 'dream/lip': repository({ 'model.safetensors': weights }, { token, gated: true }) })
    const terms = `accept its terms at ${hub.url}/dream/lip`
    await expect(load('hf://dream/lip')).rejects.toThrow(`${terms}, then pass a token of your account: set HF_TOKEN`)
    // It is requested once, not for each usual name.
    expect(hub.requests).toHaveLength(1)
    await expect(load('hf://dream/lip', { hub: { token: 'hf_stranger' } })).rejects.toThrow(
      `${terms}, with the account of the token that was sent`,
    )
  })
})

describe('what the Hub does not have', () => {
  beforeEach(() => start({ 'dream/lip': repository({ 'golden.pt': weights, 'config.json': '{}' }) }))

  it.each([
    ['hf://dream/lap', /^hf:\/\/dream\/lap@main: there is no repository dream\/lap, or it is private/],
    ['hf://dream/lip/golden.pt@v2', /^hf:\/\/dream\/lip@v2: the repository dream\/lip has no branch, tag or commit v2/],
    ['hf://dream/lip/goldn.pt', /goldn\.pt: the repository has no file goldn\.pt\. Did you mean golden\.pt\?$/],
    ['hf://dream/lip/other.bin', /no file other\.bin\. It has golden\.pt, config\.json\.$/],
  ])('%s is said to be missing', async (source, message) => {
    const error: unknown = await load(source).catch((reason: unknown) => reason)
    expect(error).toMatchObject({ code: 'HTTP_STATUS', message: expect.stringMatching(message) as string })
  })
})

describe('without a network', () => {
  it('HF_HUB_OFFLINE and the option make no request', async () => {
    await start({ 'dream/lip': repository({ 'golden.pt': weights }) })
    const path = await sourceOf('hf://dream/lip/golden.pt')
    const asked = hub.requests.length
    expect(await sourceOf('hf://dream/lip/golden.pt', { hub: { offline: true } })).toBe(path)
    expect(await sourceOf('hf://dream/lip', { hub: { offline: true } })).toBe(path)
    vi.stubEnv('HF_HUB_OFFLINE', '1')
    expect(await sourceOf('hf://dream/lip/golden.pt')).toBe(path)
    await expect(load('hf://dream/lip/other.pt')).rejects.toMatchObject({
      code: 'SOURCE_UNREADABLE',
      message: expect.stringMatching(
        /other\.pt: it is not in the cache .*hub, and no requests are made \(HF_HUB_OFFLINE=1\)\. The cache has @[0-9a-f]{40} \(golden\.pt\) of dream\/lip\. Load it once without HF_HUB_OFFLINE=1\.$/,
      ) as string,
    })
    await expect(load('hf://dream/lop')).rejects.toThrow('The cache has dream/lip. Did you mean dream/lip?')
    await expect(load('hf://dream/lip/golden.pt@v1')).rejects.toThrow(/@v1: it is not in the cache/)
    expect(hub.requests).toHaveLength(asked)
  })

  it('a server that cannot be reached is an error that names the model', async () => {
    await start({})
    await closers.pop()!()
    await expect(load('hf://dream/lip/golden.pt')).rejects.toMatchObject({
      code: 'SOURCE_UNREADABLE',
      message: expect.stringMatching(/^hf:\/\/dream\/lip\/golden\.pt@main: could not be fetched/) as string,
    })
  })
})

describe('a mirror', () => {
  it('that answers with a web page is not a Hub', async () => {
    const page = await serve((_, response) => {
      response.writeHead(200, { 'Content-Type': 'text/html' }).end('<!doctype html><title>Welcome</title>')
    })
    closers.push(page.close)
    await expect(load('hf://dream/lip/golden.pt', { hub: { endpoint: page.url } })).rejects.toMatchObject({
      code: 'HTTP_PROTOCOL',
      message: expect.stringMatching(/does not answer as the Hub does.*got a web page\. Check HF_ENDPOINT/) as string,
    })
  })

  it('may redirect to the Hub, which does not get the token', async () => {
    await start({ 'dream/lip': repository({ 'golden.pt': weights }) })
    const mirror = await serve((request, response) => {
      response.writeHead(307, { Location: `${hub.url}${request.url}` }).end()
    })
    closers.push(mirror.close)
    await sourceOf('hf://dream/lip/golden.pt', { hub: { endpoint: mirror.url, token } })
    expect(new Set(hub.tokens.hub)).toEqual(new Set([undefined]))
  })

  it('must have an http(s) address', async () => {
    vi.stubEnv('HF_ENDPOINT', 'hf-mirror.com')
    await expect(load('hf://dream/lip')).rejects.toThrow(
      'HF_ENDPOINT: expected an http(s) address; got "hf-mirror.com".',
    )
    await expect(load('hf://dream/lip', { hub: { tokn: 'x' } as object })).rejects.toThrow('did you mean hub.token?')
  })
})

/** `dreamlip inspect`, `convert` and `download`, run as processes. */
import { createHash } from 'node:crypto'
import { existsSync, readFileSync, readdirSync, statSync, writeFileSync } from 'node:fs'
import { basename } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { DreamLIP, readCheckpoint, saveSafetensors } from '../../src/index.node.ts'
import { sendBytes, serve, type TestServer } from '../server/server'
import { model, photos, run, runJson, temporaryFolder } from './command'

const inFolder = temporaryFolder()
const bytes = readFileSync(model)
let server: TestServer

beforeAll(async () => {
  server = await serve((request, response) => sendBytes(bytes, request, response))
})
afterAll(() => server.close())

describe('dreamlip inspect', () => {
  interface Inspected {
    format: string
    byteLength: number
    bytesRead: number
    config?: { embed_dim: number }
    configFrom?: string
    name?: string
    problem?: { code: string; message: string }
    parameters: { total: number }
    tensors: { name: string; shape: number[]; dtype: string }[]
  }

  it('lists format, config and tensors, and reads no weights', async () => {
    const { code, document } = await runJson<Inspected>(['inspect', model])
    const { tensors, close } = await readCheckpoint(model)
    await close()
    expect(code).toBe(0)
    expect(document).toMatchObject({ format: 'pytorch-zip', byteLength: bytes.length, configFrom: 'file' })
    expect(document.config!.embed_dim).toBe(32)
    expect(document.tensors).toEqual([...tensors.values()].map(({ name, shape, dtype }) => ({ name, shape, dtype })))
    const elements = document.tensors.map(({ shape }) => shape.reduce((a, b) => a * b, 1))
    expect(document.parameters.total).toBe(elements.reduce((a, b) => a + b))
    expect(document.bytesRead).toBeLessThan(0.1 * bytes.length)
  })

  it('reads just as little over HTTP', async () => {
    const { document } = await runJson<Inspected>(['inspect', `${server.url}/model.pt`])
    expect(document.tensors).toHaveLength(74)
    expect(server.requests.every((request) => request.includes('bytes='))).toBe(true)
  })

  it('gives tensors of equal blocks one line in its text output', async () => {
    const { stdout } = await run(['inspect', model])
    expect(stdout).toMatch(/^ +parameters +611,977: vision 214,080, text 397,896$/m)
    expect(stdout).toMatch(/^ +visual\.transformer\.resblocks\.\*\.attn\.in_proj_weight +\[192, 64\] +float16 +×3$/m)
  })

  it('shows a file that is not a CLIP model, and says why', async () => {
    const path = inFolder('other.safetensors')
    await saveSafetensors(path, { weight: { data: new Float32Array(6), shape: [2, 3], dtype: 'float32' } })
    const { code, document } = await runJson<Inspected>(['inspect', path])
    expect(code).toBe(0)
    expect(document.problem).toMatchObject({ code: 'CHECKPOINT_MISMATCH' })
    expect(document.parameters).toEqual({ total: 6, vision: 0, text: 0, other: 6 })
    expect(document.tensors).toEqual([{ name: 'weight', shape: [2, 3], dtype: 'float32' }])
  })

  it('escapes control characters, which could rewrite the screen', async () => {
    const path = inFolder('hostile.safetensors')
    await saveSafetensors(
      path,
      { 'a\x1b[2J': { data: new Float32Array(1), shape: [1], dtype: 'float32' } },
      { note: 'b\x9b31m\rc' },
    )
    const { stdout } = await run(['inspect', path])
    expect(stdout).toContain('a\\x1b[2J')
    expect(stdout).toContain('b\\x9b31m\\x0dc')
  })

  it('fails on a file that is not a checkpoint', async () => {
    const { code, document } = await runJson<{ error: { code: string } }>(['inspect', photos[0]!])
    expect([code, document.error.code]).toEqual([1, 'FORMAT_UNKNOWN'])
  })
})

describe('dreamlip convert', () => {
  async function embed(path: string) {
    const loaded = await DreamLIP.load(path)
    const { data } = await loaded.encodeImage(photos[0]!)
    loaded.dispose()
    return { data, config: loaded.config }
  }

  it.each(['all.safetensors', 'all.pt'])('keeps weights, their types and the config in %s', async (name) => {
    const { code, document } = await runJson<{ dtypes: string[]; bytes: number }>(['convert', model, inFolder(name)])
    expect(code).toBe(0)
    expect(document).toMatchObject({ dtypes: ['float16'], bytes: statSync(inFolder(name)).size })
    expect(await embed(inFolder(name))).toEqual(await embed(model))
  })

  it('rounds weights to the requested type, but not logit_scale', async () => {
    const wide = inFolder('wide.safetensors')
    expect((await run(['convert', model, wide, '--dtype', 'float32'])).code).toBe(0)
    expect((await run(['convert', wide, inFolder('half.safetensors'), '--dtype', 'bfloat16'])).code).toBe(0)
    const { tensors, close } = await readCheckpoint(inFolder('half.safetensors'))
    await close()
    expect(tensors.get('visual.proj')!.dtype).toBe('bfloat16')
    expect(tensors.get('logit_scale')!.dtype).toBe('float32')
    expect(statSync(inFolder('half.safetensors')).size).toBeLessThan(0.51 * statSync(wide).size)
  })

  it('refuses float16 for values beyond its range, and writes nothing', async () => {
    const { tensors, metadata, close } = await readCheckpoint(model)
    const values = [...tensors].map(async ([name, { shape, read }]) => {
      const data = (await read()) as Float32Array
      return [name, { data: name === 'visual.ln_post.bias' ? data.fill(7e4) : data, shape, dtype: 'float32' }] as const
    })
    await saveSafetensors(inFolder('large.safetensors'), new Map(await Promise.all(values)), {
      config: metadata['config'] as string,
    })
    await close()
    const args = ['convert', inFolder('large.safetensors'), inFolder('infinite.pt'), '--dtype', 'float16']
    const { code, stderr } = await run(args)
    expect([code, existsSync(inFolder('infinite.pt'))]).toEqual([1, false])
    expect(stderr).toContain("tensor 'visual.ln_post.bias': its value 70000 is beyond float16's 65504")
  })

  it.each(['hugging-face', 'open-clip'])('writes a folder with --to %s', async (form) => {
    const args = ['convert', model, inFolder(form), '--to', form]
    const { code, document } = await runJson<{ files: string[]; bytes: number }>(args)
    expect(code).toBe(0)
    const sizes = document.files.map((path) => statSync(path).size)
    expect(document.bytes).toBe(sizes.reduce((sum, size) => sum + size, 0))
    expect(readdirSync(inFolder(form)).sort()).toEqual(document.files.map((path) => basename(path)).sort())
    expect(await embed(inFolder(form))).toEqual(await embed(model))
  })

  it('refuses a file name with --to', async () => {
    const { code, stderr } = await run(['convert', model, inFolder('clip.pt'), '--to', 'open-clip'])
    expect([code, stderr]).toEqual([2, expect.stringContaining('expected a folder, because of --to open-clip')])
  })

  it('refuses file names that do not end like a checkpoint', async () => {
    const { code, stderr } = await run(['convert', model, 'model.onnx'])
    expect([code, stderr]).toEqual([
      2,
      expect.stringContaining("ending in .safetensors, .pt or .pth; got 'model.onnx'"),
    ])
  })
})

describe('dreamlip download', () => {
  const sha256 = createHash('sha256').update(bytes).digest('hex')

  it('lists the released checkpoints', async () => {
    const { document } = await runJson<{ checkpoints: { name: string; config: string }[] }>(['download'])
    expect(document.checkpoints.map(({ name }) => name)).toEqual(['cc3m', 'cc12m', 'yfcc15m', 'merged30m'])
    expect((await run(['download'])).stdout).toMatch(/^cc3m +ViT-B-16, trained on CC3M\n/)
  })

  it('prints only the path, for other commands, and downloads nothing the second time', async () => {
    const args = ['download', `${server.url}/golden.pt`, '--sha256', sha256]
    const options = { env: { DREAMLIP_CACHE: inFolder('cache') } }
    const first = await run(args, options)
    expect(first.code).toBe(0)
    expect(first.stderr).toContain(`downloaded: 1.24 MB, sha256 ${sha256}`)
    expect(readFileSync(first.stdout.trimEnd())).toEqual(bytes)
    const asked = server.requests.length
    const second = await runJson<object>(args, options)
    expect(second.document).toEqual({ path: first.stdout.trimEnd(), bytes: bytes.length, sha256, cached: true })
    expect(server.requests.length).toBe(asked)
  })

  it('keeps no file with another checksum', async () => {
    const wrong = '0'.repeat(64)
    const args = ['download', `${server.url}/other.pt`, '--sha256', wrong, '--out', inFolder('empty')]
    const { code, document } = await runJson<{ error: { code: string } }>(args)
    expect([code, document.error.code]).toEqual([1, 'CHECKSUM_MISMATCH'])
    expect(readdirSync(inFolder('empty')).filter((name) => name.endsWith('.pt'))).toEqual([])
  })

  it('finds a released model by its name', async () => {
    writeFileSync(inFolder('cache', 'cc3m_dreamlip_vitb16.pt'), bytes)
    const options = { env: { DREAMLIP_CACHE: inFolder('cache') } }
    const { code, document } = await runJson<object>(['embed', '-m', 'cc3m', photos[0]!], options)
    expect([code, document]).toMatchObject([0, { model: 'cc3m', images: { shape: [1, 32] } }])
  })
})

import { mkdtemp, mkdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { readCheckpoint, saveSafetensors, savePyTorch } from '../../../src/index.node.ts'

let root: string
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'dreamlip-folder-'))
})
afterAll(() => rm(root, { recursive: true }))

const tensor = (value: number) => ({ data: Float32Array.of(value), shape: [1], dtype: 'float32' as const })

/** A folder with these files: tensors to save, or texts. */
async function folderWith(name: string, files: Record<string, Record<string, number> | string>): Promise<string> {
  const folder = join(root, name)
  for (const [file, content] of Object.entries(files)) {
    const path = join(folder, file)
    await mkdir(join(path, '..'), { recursive: true })
    if (typeof content === 'string') await writeFile(path, content)
    else {
      const tensors = Object.fromEntries(Object.entries(content).map(([key, value]) => [key, tensor(value)]))
      if (file.endsWith('.safetensors')) await saveSafetensors(path, tensors)
      else await savePyTorch(path, { module: new Map(Object.entries(tensors)) })
    }
  }
  return folder
}

async function valuesOf(source: string | URL): Promise<Record<string, number>> {
  const checkpoint = await readCheckpoint(source)
  const values: Record<string, number> = {}
  for (const [name, each] of checkpoint.tensors) values[name] = Number((await each.read())[0])
  await checkpoint.close()
  return values
}

const index = (weight_map: Record<string, unknown>, total_size?: number) =>
  JSON.stringify({ metadata: { total_size }, weight_map })

describe('a folder as a checkpoint', () => {
  it('prefers safetensors, and says which file was chosen', async () => {
    const folder = await folderWith('both', { 'model.safetensors': { a: 1 }, 'pytorch_model.bin': { a: 2 } })
    expect(await valuesOf(folder)).toEqual({ a: 1 })
    expect(await valuesOf(pathToFileURL(folder))).toEqual({ a: 1 })
    const checkpoint = await readCheckpoint(folder)
    expect(checkpoint.file).toBe(join(folder, 'model.safetensors'))
    await checkpoint.close()
  })

  it.each(['open_clip_model.safetensors', 'open_clip_pytorch_model.bin', 'pytorch_model.bin', 'anything.pt'])(
    'finds its weights in %s',
    async (file) => {
      const folder = await folderWith(`one-${file}`, {
        [file]: { a: 3 },
        'optimizer.bin': { b: 1 },
        'config.json': '{}',
      })
      expect(await valuesOf(folder)).toEqual({ a: 3 })
    },
  )

  it('may be one of DeepSpeed, whose file `latest` names the step', async () => {
    const folder = await folderWith('deepspeed', {
      latest: 'global_step4\n',
      'global_step4/mp_rank_00_model_states.pt': { a: 4 },
    })
    expect(await valuesOf(folder)).toEqual({ a: 4 })
  })

  it('may be a model in the Hub’s cache, whose `refs/main` names the snapshot', async () => {
    const folder = await folderWith('models--owner--name', {
      'refs/main': '0a1b2c',
      'snapshots/0a1b2c/model.safetensors': { a: 5 },
      'snapshots/000000/model.safetensors': { a: 6 },
    })
    expect(await valuesOf(folder)).toEqual({ a: 5 })
  })

  it('is refused without weights, and the error names its subfolders', async () => {
    const folder = await folderWith('run', { 'params.txt': 'x', 'checkpoints/epoch_1.pt': { a: 1 } })
    await expect(readCheckpoint(folder)).rejects.toThrow(/it contains checkpoints\/, params\.txt/)
  })

  it.each([
    [
      'several checkpoints',
      { 'a.pt': { a: 1 }, 'b.pt': { a: 1 } },
      /several checkpoints: a\.pt, b\.pt\. Pass the path of one/,
    ],
    ['shards of PyTorch', { '__0_0.distcp': 'x', '.metadata': 'x' }, /distributed checkpoint.*dcp_to_torch/],
    ['weights of Flax', { 'flax_model.msgpack': 'x' }, /flax_model\.msgpack/],
    ['none', { 'readme.md': 'x' }, /expected a folder with one of model\.safetensors, .*; it contains readme\.md/],
  ])('is refused, and the error says what it contains: %s', async (name, files, message) => {
    const folder = await folderWith(`refused-${name}`, files as Record<string, string>)
    await expect(readCheckpoint(folder)).rejects.toMatchObject({
      code: 'SOURCE_UNREADABLE',
      message: expect.stringMatching(message),
    })
  })
})

describe('a checkpoint in several files', () => {
  const shards = { 'one.safetensors': { a: 1, b: 2 }, 'two.safetensors': { c: 3 } }
  const places = { a: 'one.safetensors', b: 'one.safetensors', c: 'two.safetensors' }

  it('is read from its folder or by its index', async () => {
    const folder = await folderWith('shards', { ...shards, 'model.safetensors.index.json': index(places, 12) })
    expect(await valuesOf(folder)).toEqual({ a: 1, b: 2, c: 3 })
    expect(await valuesOf(join(folder, 'model.safetensors.index.json'))).toEqual({ a: 1, b: 2, c: 3 })
  })

  it.each([
    [
      'a shard that is missing',
      index({ ...places, d: 'three.safetensors' }),
      'SOURCE_UNREADABLE',
      /the shard three\.safetensors is missing/,
    ],
    [
      'a tensor that is missing',
      index({ ...places, d: 'two.safetensors' }),
      'CHECKPOINT_MISMATCH',
      /1 tensors are missing from its shards: d in two/,
    ],
    ['another total size', index(places, 16), 'CHECKPOINT_MISMATCH', /12 bytes of tensors instead of total_size 16/],
    ['a way out of the folder', index({ a: '../one.safetensors' }), 'CHECKPOINT_MISMATCH', /name of a file next to it/],
    ['an absolute path', index({ a: '/etc/passwd' }), 'CHECKPOINT_MISMATCH', /name of a file next to it/],
    [
      'an encoded way out',
      index({ a: '%2e%2e%2fone.safetensors' }),
      'CHECKPOINT_MISMATCH',
      /name of a file next to it/,
    ],
    ['the folder itself', index({ a: '..' }), 'CHECKPOINT_MISMATCH', /name of a file next to it/],
    ['a number', index({ a: 7 }), 'CHECKPOINT_MISMATCH', /name of a file next to it/],
    ['no tensors', '{"weight_map": []}', 'CHECKPOINT_MISMATCH', /names no tensor/],
    ['half a JSON text', '{"weight_map": {', 'INVALID_CONFIG', /expected JSON/],
    ['something else', '{"model_type": "clip"}', 'FORMAT_UNKNOWN', /JSON file without weights/],
  ])('is refused with %s', async (name, content, code, message) => {
    const folder = await folderWith(`broken-${name}`, { ...shards, 'model.safetensors.index.json': content })
    await expect(readCheckpoint(folder)).rejects.toMatchObject({ code, message: expect.stringMatching(message) })
  })
})

/** Folders for other programs: contents, unchanged values, and models that cannot be expressed in their format. */
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import {
  convertCheckpoint,
  DreamLIP,
  readCheckpoint,
  saveSafetensors,
  type FolderForm,
  type OpenCLIPConfig,
} from '../../../src/index.node.ts'
import { siglip, tiny, writeModel } from './made-models'

const folder = mkdtempSync(join(tmpdir(), 'dreamlip-to-folder-'))
afterAll(() => rmSync(folder, { recursive: true }))

const quiet = { onWarning: () => undefined }
const forms = ['hugging-face', 'open-clip'] as const

/** Type, shape and values of every tensor of a checkpoint. */
async function contentsOf(path: string) {
  const checkpoint = await readCheckpoint(path)
  const entries: [string, unknown][] = []
  for (const [name, tensor] of checkpoint.tensors) {
    const data = await tensor.read()
    entries.push([
      name,
      {
        dtype: tensor.dtype,
        shape: tensor.shape,
        bytes: Buffer.from(data.buffer, data.byteOffset, data.byteLength).toString('base64'),
      },
    ])
  }
  await checkpoint.close()
  return Object.fromEntries(entries.sort(([a], [b]) => (a < b ? -1 : 1)))
}

describe.each(forms)('convertCheckpoint to %s and back', (form) => {
  it.each(['float32', 'float16', 'bfloat16'] as const)('changes no bit of a weight in %s', async (dtype) => {
    const [source, out, back] = [
      `${form}-${dtype}.safetensors`,
      `${form}-${dtype}`,
      `${form}-${dtype}-back.safetensors`,
    ].map((name) => join(folder, name))
    await writeModel(source!, tiny, { dtype })
    const converted = await convertCheckpoint(source!, out!, { to: form })
    expect(converted.dtypes).toEqual([dtype])
    await convertCheckpoint(out!, back!)
    expect(await contentsOf(back!)).toEqual(await contentsOf(source!))
  })

  it('keeps the config, the preprocessing and the attention', async () => {
    const [source, out] = [join(folder, `${form}-facts.safetensors`), join(folder, `${form}-facts`)]
    const steps = { mean: [0.5, 0.4, 0.3], std: [0.2, 0.3, 0.4], resize_mode: 'squash', interpolation: 'bilinear' }
    const facts = { preprocess_cfg: JSON.stringify(steps), dense_attention: 'value', trained_with_grouping: 'true' }
    await writeModel(source, tiny, { metadata: facts })
    await convertCheckpoint(source, out, { to: form })
    await using before = await DreamLIP.load(source)
    await using after = await DreamLIP.load(out)
    expect(after.config).toEqual(before.config)
    expect(after.preprocessing).toEqual(before.preprocessing)
    expect(after.attention).toBe('value')
    expect(after.assumptions).toEqual([])
  })

  it('rounds to the requested type', async () => {
    const [source, out] = [join(folder, 'wide.safetensors'), join(folder, `${form}-narrow`)]
    await writeModel(source, tiny)
    await convertCheckpoint(source, out, { to: form, dtype: 'float16' })
    const { tensors } = await readCheckpoint(out)
    const types = [...tensors.values()].filter(({ shape }) => shape.length > 0).map(({ dtype }) => dtype)
    expect(new Set(types)).toEqual(new Set(['float16']))
  })
})

describe('convertCheckpoint to hugging-face', () => {
  it('keeps every tensor of a folder that transformers wrote', async () => {
    const out = join(folder, 'from-hub')
    await convertCheckpoint('test/fixtures/models/hub-transformers', out, { to: 'hugging-face', ...quiet })
    expect(await contentsOf(out)).toEqual(await contentsOf('test/fixtures/models/hub-transformers'))
    const read = (path: string) => JSON.parse(readFileSync(path, 'utf8')) as Record<string, unknown>
    const written = read(join(out, 'preprocessor_config.json'))
    expect(written).toMatchObject(read('test/fixtures/models/hub-transformers/preprocessor_config.json'))
  })

  it("writes CLIP's tokenizer only for a model with CLIP's vocabulary", async () => {
    const out = join(folder, 'no-tokenizer')
    await writeModel(join(folder, 'plain.safetensors'), tiny)
    const { files } = await convertCheckpoint(join(folder, 'plain.safetensors'), out, { to: 'hugging-face' })
    expect(files).toEqual(
      ['config.json', 'preprocessor_config.json', 'model.safetensors'].map((name) => join(out, name)),
    )
    expect(readdirSync(out).sort()).toEqual(['config.json', 'model.safetensors', 'preprocessor_config.json'])
  })
})

describe('convertCheckpoint of SigLIP to hugging-face and back', () => {
  it('changes no bit', async () => {
    const names = ['siglip.safetensors', 'siglip', 'siglip-back.safetensors']
    const [source, out, back] = names.map((name) => join(folder, name))
    await writeModel(source!, siglip, { dtype: 'bfloat16' })
    await convertCheckpoint(source!, out!, { to: 'hugging-face' })
    await convertCheckpoint(out!, back!)
    expect(await contentsOf(back!)).toEqual(await contentsOf(source!))
    await using before = await DreamLIP.load(source)
    await using after = await DreamLIP.load(out)
    expect(after.config).toEqual(before.config)
  })

  it('copies the tokenizer next to the checkpoint', async () => {
    const [source, out] = [join(folder, 'with-tokenizer'), join(folder, 'copied-tokenizer')]
    mkdirSync(source)
    await writeModel(join(source, 'model.safetensors'), siglip)
    const tokenizer = { model: { type: 'Unigram', vocab: [['▁a', -1.25]] } }
    writeFileSync(join(source, 'tokenizer.json'), JSON.stringify(tokenizer))
    const { files } = await convertCheckpoint(source, out, { to: 'hugging-face' })
    expect(files).toContain(join(out, 'tokenizer.json'))
    expect(JSON.parse(readFileSync(join(out, 'tokenizer.json'), 'utf8'))).toEqual(tokenizer)
    const read = (name: string) => JSON.parse(readFileSync(join(out, name), 'utf8')) as object
    expect(read('config.json')).toMatchObject({ model_type: 'siglip', text_config: { pad_token_id: 1 } })
  })
})

type Refusal = readonly [string, FolderForm, OpenCLIPConfig, Record<string, unknown>, string, RegExp]

const vision = (more: object): OpenCLIPConfig => ({ ...tiny, vision_cfg: { ...tiny.vision_cfg, ...more } })
const steps = (more: object) => ({ metadata: { preprocess_cfg: JSON.stringify(more) } })
const text_cfg = { ...tiny.text_cfg, ls_init_value: 0.1 }
const refusals: readonly Refusal[] = [
  [
    'layer scale',
    'hugging-face',
    { ...vision({ ls_init_value: 0.1 }), text_cfg },
    {},
    'INVALID_CONFIG',
    /vision\.layerScaleInit.*text\.layerScaleInit.*open-clip/,
  ],
  ['average pooling', 'hugging-face', vision({ pool_type: 'avg' }), {}, 'INVALID_CONFIG', /vision\.pool.*open-clip/],
  ['no ln_pre', 'hugging-face', vision({ no_ln_pre: true }), {}, 'INVALID_CONFIG', /vision\.noLnPre.*open-clip/],
  [
    'a late ln_post',
    'hugging-face',
    vision({ final_ln_after_pool: true }),
    {},
    'INVALID_CONFIG',
    /vision\.finalLnAfterPool.*open-clip/,
  ],
  [
    'a SigLIP with a class token',
    'hugging-face',
    { ...siglip, vision_cfg: { ...siglip.vision_cfg, no_class_token: false } },
    {},
    'INVALID_CONFIG',
    /vision\.noClassToken.*SiglipModel/,
  ],
  ['a SigLIP', 'open-clip', siglip, {}, 'INVALID_CONFIG', /config\.vision: open_clip.*attention pool.*timm/],
  [
    'a CLIP that is not causal',
    'hugging-face',
    { ...tiny, text_cfg: { ...tiny.text_cfg, no_causal_mask: true } },
    {},
    'INVALID_CONFIG',
    /text\.noCausalMask.*CLIPModel/,
  ],
  [
    'padded images',
    'hugging-face',
    tiny,
    steps({ resize_mode: 'longest' }),
    'INVALID_CONFIG',
    /resizeMode: 'longest'.*open-clip/,
  ],
  ['a bias', 'hugging-face', tiny, { more: { logit_bias: [1] } }, 'CHECKPOINT_MISMATCH', /logit_bias.*leaveOut/],
  [
    'a patch projection',
    'hugging-face',
    tiny,
    { more: { 'visual.proj2': [32, 16], logit_scale_local: [] } },
    'CHECKPOINT_MISMATCH',
    /logit_scale_local.*visual\.proj2.*--leave-out/,
  ],
  [
    'a patch projection',
    'open-clip',
    tiny,
    { more: { 'visual.proj2': [32, 16] } },
    'CHECKPOINT_MISMATCH',
    /visual\.proj2.*leaveOut/,
  ],
  [
    'Lanczos',
    'open-clip',
    tiny,
    steps({ interpolation: 'lanczos' }),
    'INVALID_CONFIG',
    /interpolation.*"lanczos".*hugging-face/,
  ],
]

describe('convertCheckpoint to a folder', () => {
  it.each(refusals)(
    'refuses %s in the form %s, and writes nothing',
    async (what, form, config, facts, code, message) => {
      const [source, out] = [join(folder, `${what}.safetensors`), join(folder, `refused ${what}`)]
      await writeModel(source, config, facts)
      const converting = convertCheckpoint(source, out, { to: form })
      await expect(converting).rejects.toMatchObject({ code, message: expect.stringMatching(message) as string })
      expect(existsSync(out)).toBe(false)
    },
  )

  it('leaves out what it is told to', async () => {
    const [source, out] = [join(folder, 'projection.safetensors'), join(folder, 'without-projection')]
    await writeModel(source, tiny, { more: { 'visual.proj2': [32, 16], logit_scale_local: [] } })
    await convertCheckpoint(source, out, { to: 'hugging-face', leaveOut: ['visual.proj2', 'logit_scale_local'] })
    expect(Object.keys(await contentsOf(out)).filter((name) => /proj2|local/.test(name))).toEqual([])
    const needed = convertCheckpoint(source, out, { to: 'hugging-face', leaveOut: ['visual.proj'] })
    await expect(needed).rejects.toMatchObject({
      code: 'INVALID_ARGUMENT',
      message: expect.stringContaining('visual.proj2') as string,
    })
  })

  it('refuses half a model', async () => {
    const source = join(folder, 'half.safetensors')
    await writeModel(join(folder, 'whole.safetensors'), tiny)
    const { tensors } = await readCheckpoint(join(folder, 'whole.safetensors'))
    const image = [...tensors.values()].filter(({ name }) => name.startsWith('visual.'))
    const held = await Promise.all(
      image.map(async ({ name, shape, dtype, read }) => [name, { data: await read(), shape, dtype }] as const),
    )
    await saveSafetensors(source, new Map(held))
    const converting = convertCheckpoint(source, join(folder, 'half'), { to: 'hugging-face', config: tiny, ...quiet })
    await expect(converting).rejects.toMatchObject({
      code: 'CHECKPOINT_MISMATCH',
      message: expect.stringContaining('text tower') as string,
    })
  })

  it('replaces the files of an earlier conversion, and no others', async () => {
    const out = join(folder, 'replaced')
    mkdirSync(out)
    writeFileSync(join(out, 'README.md'), 'mine')
    writeFileSync(join(out, 'config.json'), 'old')
    await writeModel(join(folder, 'new.safetensors'), tiny)
    await convertCheckpoint(join(folder, 'new.safetensors'), out, { to: 'hugging-face' })
    expect(JSON.parse(readFileSync(join(out, 'config.json'), 'utf8'))).toMatchObject({ model_type: 'clip' })
    expect(readFileSync(join(out, 'README.md'), 'utf8')).toBe('mine')
  })

  it('changes nothing when it is aborted', async () => {
    const out = join(folder, 'aborted')
    await writeModel(join(folder, 'long.safetensors'), tiny)
    const abort = new AbortController()
    const onProgress = () => abort.abort()
    const converting = convertCheckpoint(join(folder, 'long.safetensors'), out, {
      to: 'hugging-face',
      signal: abort.signal,
      onProgress,
    })
    await expect(converting).rejects.toThrow('abort')
    expect(existsSync(out)).toBe(false)
  })

  it('refuses an unknown form', async () => {
    const converting = convertCheckpoint('a.pt', join(folder, 'unknown'), { to: 'timm' as FolderForm })
    await expect(converting).rejects.toMatchObject({
      code: 'INVALID_ARGUMENT',
      message: expect.stringContaining('hugging-face') as string,
    })
  })
})

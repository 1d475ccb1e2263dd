import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { convertCheckpoint, DreamLIP, inspectCheckpoint } from '../../../src/index.node.ts'

const folder = mkdtempSync(join(tmpdir(), 'dreamlip-convert-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const source = 'test/fixtures/models/hugging-face.safetensors'

describe('convertCheckpoint', () => {
  it.each(['a.safetensors', 'a.pt'])('writes %s, which embeds as its source does', async (name) => {
    const path = join(folder, name)
    const warnings: string[] = []
    const converted = await convertCheckpoint(source, path, { onWarning: (message) => warnings.push(message) })
    const { tensors } = await inspectCheckpoint(path)
    expect(tensors).toHaveLength(converted.tensors)
    expect(new Set(tensors.map(({ dtype }) => dtype))).toEqual(new Set(converted.dtypes))
    expect(warnings).toHaveLength(1)
    const options = { device: 'cpu', onWarning: () => undefined } as const
    const [before, after] = [await DreamLIP.load(source, options), await DreamLIP.load(path, options)]
    const texts = { tokens: [[before.config.text.vocabularySize - 2, 7, 3, before.config.text.vocabularySize - 1]] }
    expect((await after.encodeText(texts)).data).toEqual((await before.encodeText(texts)).data)
    before.dispose()
    after.dispose()
  })

  it('stores weights in the requested type, and reports progress in bytes', async () => {
    const path = join(folder, 'half.safetensors')
    const done: number[] = []
    await convertCheckpoint(source, path, {
      dtype: 'float16',
      onWarning: () => undefined,
      onProgress: (progress) => done.push(progress.done),
    })
    const { tensors } = await inspectCheckpoint(path)
    expect(new Set(tensors.filter(({ shape }) => shape.length > 0).map(({ dtype }) => dtype))).toEqual(
      new Set(['float16']),
    )
    expect(done).toEqual([...done].sort((a, b) => a - b))
    expect(done.at(-1)).toBeGreaterThan(0)
  })

  it('writes nothing when it is aborted', async () => {
    const before = readdirSync(folder)
    const abort = new AbortController()
    const converting = convertCheckpoint(source, join(folder, 'aborted.safetensors'), {
      signal: abort.signal,
      onWarning: () => undefined,
      onProgress: () => abort.abort(),
    })
    await expect(converting).rejects.toThrow('abort')
    expect(readdirSync(folder)).toEqual(before)
  })
})

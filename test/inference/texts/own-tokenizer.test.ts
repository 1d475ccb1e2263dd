/** Models whose texts are tokenized by a tokenizer.json. */
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { DreamLIP } from '../../../src/dreamlip'
import type { LoadOptions } from '../../../src/inference/options'
import type { CLIPConfig } from '../../../src/models/config/config'
import { tinySiglip } from '../../models/siglip/tiny'
import { sendBytes, serve } from '../../server/server'

/** A tokenizer of whole words with the end token 1. */
const tokenizer = {
  added_tokens: [],
  normalizer: null,
  pre_tokenizer: { type: 'WhitespaceSplit' },
  post_processor: {
    type: 'TemplateProcessing',
    single: [{ Sequence: { id: 'A', type_id: 0 } }, { SpecialToken: { id: '</s>', type_id: 0 } }],
    pair: [],
    special_tokens: { '</s>': { id: '</s>', ids: [1], tokens: ['</s>'] } },
  },
  decoder: null,
  model: { type: 'WordLevel', vocab: { '<pad>': 0, '</s>': 1, '<unk>': 2, a: 3, cat: 4, dog: 5 }, unk_token: '<unk>' },
}
const config: CLIPConfig = {
  ...tinySiglip,
  text: { ...tinySiglip.text, contextLength: 6, padId: 0, cleaning: 'siglip' },
}
const texts = ['A cat.', 'a dog', 'a_cat a', '']
const tokens = [[3, 4, 1], [3, 5, 1], [2, 3, 1], [1]]

let folder: string
let weights: string
let expected: Float32Array

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'dreamlip-own-tokenizer-'))
  weights = join(folder, 'model.safetensors')
  const model = await DreamLIP.create(config, { device: 'cpu' })
  await model.save(weights)
  expected = (await model.encodeText({ tokens })).data
  await expect(model.encodeText(texts)).rejects.toThrow(/tokenizer\.json is not next to the weights/)
  model.dispose()
})
afterAll(() => rm(folder, { recursive: true, force: true }))

async function embed(source: string, options: LoadOptions = {}, list: readonly string[] = texts) {
  await using model = await DreamLIP.load(source, { device: 'cpu', ...options })
  return model.encodeText(list)
}

describe('a model whose vocabulary is not CLIP’s', () => {
  it('says what to do if there is no tokenizer.json, and takes token ids', async () => {
    await expect(embed(weights)).rejects.toMatchObject({
      code: 'INVALID_ARGUMENT',
      message: expect.stringMatching(/tokenizer\.json is not next to the weights.*\{ tokenizer: path \}.*\{ tokens/),
    })
    await using model = await DreamLIP.load(weights, { device: 'cpu' })
    expect((await model.encodeText({ tokens })).data).toEqual(expected)
  })

  it.each([
    ['as a path', () => join(folder, 'words.json')],
    ['as a Blob', () => new Blob([JSON.stringify(tokenizer)])],
    ['as an object', () => tokenizer],
  ])('takes the tokenizer %s, also in a worker', async (_, given) => {
    await writeFile(join(folder, 'words.json'), JSON.stringify(tokenizer))
    expect((await embed(weights, { tokenizer: given() })).data).toEqual(expected)
    expect((await embed(weights, { tokenizer: given(), worker: true })).data).toEqual(expected)
  })

  it('finds the tokenizer next to the weights, in a folder and on a server', async () => {
    await writeFile(join(folder, 'tokenizer.json'), JSON.stringify(tokenizer))
    expect((await embed(weights)).data).toEqual(expected)
    expect((await embed(folder)).data).toEqual(expected)
    const files = new Map(
      await Promise.all(
        ['/model.safetensors', '/tokenizer.json'].map(
          async (file) => [file, await readFile(join(folder, file))] as const,
        ),
      ),
    )
    const server = await serve((request, response) => {
      const bytes = files.get(request.url!)
      if (bytes) sendBytes(bytes, request, response)
      else response.writeHead(404).end()
    })
    expect((await embed(`${server.url}/model.safetensors`)).data).toEqual(expected)
    await server.close()
  })

  it('reports texts that were cut, and embeds long ones in pieces', async () => {
    const long = ['a cat a cat a dog a dog a']
    const cut = await embed(weights, { onWarning: () => undefined }, long)
    expect(cut.truncated).toEqual([{ index: 0, tokens: 10 }])
    await using model = await DreamLIP.load(weights, { device: 'cpu' })
    const pieces = await model.encodeText(long, { long: 'windows' })
    expect(pieces.truncated).toEqual([])
    expect(pieces.data).not.toEqual(cut.data)
    await expect(model.encodeText({ tokens }, { long: 'windows' })).rejects.toThrow(/needs the model's tokenizer/)
  })

  it('tries again after a tokenizer that cannot be read', async () => {
    const file = join(folder, 'later.json')
    await using model = await DreamLIP.load(weights, { device: 'cpu', tokenizer: file })
    await writeFile(file, '{"model": 3}')
    await expect(model.encodeText(texts)).rejects.toMatchObject({ code: 'INVALID_CONFIG' })
    await writeFile(file, JSON.stringify(tokenizer))
    expect((await model.encodeText(texts)).data).toEqual(expected)
  })
})

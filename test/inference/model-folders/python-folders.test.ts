/** Converted folders in Python: transformers and open_clip load them, with the same features, scores, tokens and pixels. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import {
  convertCheckpoint,
  DreamLIP,
  preprocessImage,
  Tokenizer,
  type FolderForm,
  type OpenCLIPConfig,
} from '../../../src/index.node.ts'
import { cleanText } from '../../../src/tokenizer/clean-text'
import { largestDifference } from '../../ops/compare'
import { pythonHas, runPython } from '../../parity/python'
import { siglip, somePixels, tiny, writeModel } from './made-models'

const folder = mkdtempSync(join(tmpdir(), 'dreamlip-folders-'))
afterAll(() => rmSync(folder, { recursive: true }))

/** Runs every folder of a list, and prints a list of results. */
const imports = `
import json, sys, numpy, torch
sys.path.insert(0, 'test/parity')
torch.set_grad_enabled(False)
def answer(run):
    results = []
    for job in json.load(open(sys.argv[1])):
        pixels = torch.tensor(job['pixels']).reshape(job['shape'])
        tensors = run(job['folder'], pixels, torch.tensor(job['tokens']))
        results.append({name: tensor.flatten().tolist() for name, tensor in tensors.items()})
    print(json.dumps(results))
`
const programs: Readonly<Record<FolderForm, string>> = {
  'hugging-face': `${imports}
from transformers import AutoModel
def run(folder, pixels, tokens):
    model, report = AutoModel.from_pretrained(folder, output_loading_info=True)
    assert not any(report.values()), report
    assert [type(model).__name__] == model.config.architectures
    out = model(pixel_values=pixels, input_ids=tokens)
    unit = lambda x: x / x.norm(dim=-1, keepdim=True)
    return dict(image=unit(out.image_embeds), text=unit(out.text_embeds), logits=out.logits_per_image)
answer(run)`,
  'open-clip': `${imports}
from open_clip_import import open_clip
def run(folder, pixels, tokens):
    model = open_clip.create_model('local-dir:' + folder).eval()
    image, text = model.encode_image(pixels, normalize=True), model.encode_text(tokens, normalize=True)
    bias = 0 if model.logit_bias is None else model.logit_bias
    return dict(image=image, text=text, logits=model.logit_scale.exp() * image @ text.T + bias)
answer(run)`,
}

interface Outputs {
  readonly image: number[]
  readonly text: number[]
  readonly logits: number[]
}

const processing = `
import json, sys
from PIL import Image
from tokenizers import Tokenizer
from transformers import AutoImageProcessor, CLIPProcessor
plain, squashing, texts, photo = sys.argv[1:]
texts, photo = json.load(open(texts)), Image.open(photo)
processor = CLIPProcessor.from_pretrained(plain)
direct = Tokenizer.from_file(plain + '/tokenizer.json')
direct.enable_truncation(processor.tokenizer.model_max_length)
pixels = lambda process: process(images=photo, return_tensors='np')['pixel_values'].flatten().tolist()
print(json.dumps({
    'ids': processor.tokenizer(texts, truncation=True)['input_ids'],
    'direct': [each.ids for each in direct.encode_batch(texts)],
    'pixels': pixels(processor),
    'squashed': pixels(AutoImageProcessor.from_pretrained(squashing)),
}))`

interface Processed {
  readonly ids: number[][]
  readonly direct: number[][]
  readonly pixels: number[]
  readonly squashed: number[]
}

const photo = 'examples/photos/chelsea.png'

function rowOf(tokenizer: Tokenizer, text: string): number[] {
  const { ids, lengths } = tokenizer.tokenize(text)
  return Array.from(ids.subarray(0, lengths[0]))
}

const quick: OpenCLIPConfig = { ...tiny, quick_gelu: true }
const longTexts: OpenCLIPConfig = { ...quick, text_cfg: { ...tiny.text_cfg, context_length: 248 } }
const uneven: OpenCLIPConfig = {
  ...tiny,
  vision_cfg: { ...tiny.vision_cfg, image_size: 36, width: 48, head_width: 24, mlp_ratio: 41 / 48 },
}
const unlike: OpenCLIPConfig = {
  ...tiny,
  vision_cfg: { ...tiny.vision_cfg, ls_init_value: 0.1, pool_type: 'avg', no_ln_pre: true, mlp_ratio: 19 / 32 },
  text_cfg: { ...tiny.text_cfg, ls_init_value: 0.2 },
}

/** Rows of ids, padded to the context. */
function padded(rows: readonly (readonly number[])[], { context_length, pad_id = 0 }: TextFields): number[][] {
  return rows.map((row) => [...row, ...Array.from({ length: context_length! - row.length }, () => pad_id)])
}

interface TextFields {
  readonly context_length?: number
  readonly pad_id?: number
}

type Case = readonly [name: string, config: OpenCLIPConfig, more?: Readonly<Record<string, readonly number[]>>]

/** Converts all models of a list, runs them in one Python process, and compares the results. */
function expectSameOutputs(form: FolderForm, cases: readonly Case[]): void {
  const pathOf = (name: string) => join(folder, `${form}: ${name}`)
  const inputsOf = ({ vision_cfg, text_cfg }: OpenCLIPConfig) => {
    const contextLength = text_cfg.context_length as number
    const full = Array.from({ length: contextLength - 2 }, (_, i) => (7 * i) % 58)
    const tokens = [
      [58, 3, 17, 5, 59],
      [58, ...full, 59],
    ]
    return { tokens, images: somePixels(2, vision_cfg.image_size as number) }
  }
  let results: Outputs[] = []

  beforeAll(async () => {
    const jobs: object[] = []
    for (const [name, config, more] of cases) {
      await writeModel(`${pathOf(name)}.safetensors`, config, { more })
      await convertCheckpoint(`${pathOf(name)}.safetensors`, pathOf(name), { to: form })
      const { tokens, images } = inputsOf(config)
      const { pixels, shape } = images
      jobs.push({ folder: pathOf(name), pixels: [...pixels], shape, tokens: padded(tokens, config.text_cfg) })
    }
    writeFileSync(join(folder, 'jobs.json'), JSON.stringify(jobs))
    results = JSON.parse(runPython(programs[form], [join(folder, 'jobs.json')])) as Outputs[]
  })

  it.each(cases.map(([name, config], i) => ({ name, config, i })))(
    'gives the same: $name',
    async ({ name, config, i }) => {
      const theirs = results[i]!
      const { tokens, images } = inputsOf(config)
      await using model = await DreamLIP.load(pathOf(name))
      const [image, text] = [await model.encodeImage(images), await model.encodeText({ tokens })]
      const { data: cosines } = await model.similarity(image, text)
      const bias = model.parameters.get('logit_bias')?.data[0] ?? 0
      const logits = cosines.map((cosine) => model.logitScale * cosine + bias)
      expect(largestDifference(image.data, theirs.image)).toBeLessThan(1e-5)
      expect(largestDifference(text.data, theirs.text)).toBeLessThan(1e-5)
      expect(largestDifference(logits, theirs.logits)).toBeLessThan(1e-5)
    },
  )
}

const hasPython = pythonHas('torch', 'transformers')

describe.skipIf(!hasPython)('features and logits of a folder for transformers', () => {
  expectSameOutputs('hugging-face', [
    ['GELU', tiny],
    ['quick GELU', quick],
    ['248 positions', longTexts],
    ['an image size that patches do not divide, and an uneven MLP', uneven],
    ['an epsilon', { ...tiny, text_cfg: { ...tiny.text_cfg, norm_kwargs: { eps: 0.01 } } }],
    ['SigLIP', siglip],
  ])
})

describe.skipIf(!hasPython)('features and logits of a folder for open_clip', () => {
  expectSameOutputs('open-clip', [
    ['GELU', tiny],
    ['quick GELU and 248 positions', longTexts],
    ['layer scale, average pooling, no ln_pre, an uneven MLP', unlike],
    ['a bias', tiny, { logit_bias: [1] }],
  ])
})

describe.skipIf(!hasPython)('the processor of a folder for transformers', () => {
  const steps = { mean: [0.5, 0.4, 0.3], std: [0.2, 0.3, 0.4], resize_mode: 'squash', interpolation: 'bilinear' }
  const lines = gunzipSync(readFileSync('test/fixtures/tokenizer/captions.jsonl.gz')).toString().trimEnd().split('\n')
  // Unlike open_clip, transformers does not straighten quotes, repair mojibake or decode entities. Special tokens have other names.
  const texts = lines
    .map((line) => (JSON.parse(line) as { text: string }).text)
    .filter((text) => !/[<ſ\u0345\ufeff]/.test(text))
    .filter((text) => cleanText(text) === text.normalize('NFC').toLowerCase().replace(/\s+/g, ' ').trim())
  let theirs: Processed

  beforeAll(async () => {
    const [plain, squashing, list] = [join(folder, 'plain'), join(folder, 'squashing'), join(folder, 'texts.json')]
    const whole = { ...tiny, text_cfg: { ...tiny.text_cfg, context_length: 77, vocab_size: 49_408 } }
    await writeModel(`${plain}.safetensors`, whole)
    await writeModel(`${squashing}.safetensors`, tiny, { metadata: { preprocess_cfg: JSON.stringify(steps) } })
    await convertCheckpoint(`${plain}.safetensors`, plain, { to: 'hugging-face' })
    await convertCheckpoint(`${squashing}.safetensors`, squashing, { to: 'hugging-face' })
    writeFileSync(list, JSON.stringify(texts))
    theirs = JSON.parse(runPython(processing, [plain, squashing, list, photo])) as Processed
  })

  it('gives the same token ids', async () => {
    expect(texts.length).toBeGreaterThan(500)
    const tokenizer = await Tokenizer.load()
    expect(theirs.ids).toEqual(texts.map((text) => rowOf(tokenizer, text)))
    expect(theirs.direct).toEqual(theirs.ids)
  })

  it('gives the same pixels', async () => {
    const { data } = await preprocessImage(photo, { size: 32 })
    expect(largestDifference(data, theirs.pixels)).toBeLessThan(1e-5)
  })

  it('squashes images with the interpolation of the model', async () => {
    const { mean, std } = steps
    const { data } = await preprocessImage(photo, {
      size: 32,
      mean,
      std,
      interpolation: 'bilinear',
      resizeMode: 'squash',
    })
    expect(largestDifference(data, theirs.squashed)).toBeLessThan(1e-5)
  })
})

/** Converted folders in Python: transformers and open_clip load them, with the same features, scores, tokens and pixels. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { afterAll, describe, expect, it } from 'vitest'
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
import { somePixels, tiny, writeModel } from './made-models'

const folder = mkdtempSync(join(tmpdir(), 'dreamlip-folders-'))
afterAll(() => rmSync(folder, { recursive: true }))

const imports = `
import json, sys, numpy, torch
sys.path.insert(0, 'test/parity')
tokens = torch.tensor(json.loads(sys.argv[2]))
pixels = torch.from_numpy(numpy.fromfile(sys.argv[3], 'float32')).reshape(-1, 3, int(sys.argv[4]), int(sys.argv[4]))
lists = lambda **tensors: print(json.dumps({name: tensor.flatten().tolist() for name, tensor in tensors.items()}))
torch.set_grad_enabled(False)
`
const programs: Readonly<Record<FolderForm, string>> = {
  'hugging-face': `${imports}
from transformers import CLIPModel
model, report = CLIPModel.from_pretrained(sys.argv[1], output_loading_info=True)
assert not any(report.values()), report
out = model(pixel_values=pixels, input_ids=tokens)
unit = lambda x: x / x.norm(dim=-1, keepdim=True)
lists(image=unit(out.image_embeds), text=unit(out.text_embeds), logits=out.logits_per_image)`,
  'open-clip': `${imports}
from open_clip_import import open_clip
model = open_clip.create_model('local-dir:' + sys.argv[1]).eval()
image, text = model.encode_image(pixels, normalize=True), model.encode_text(tokens, normalize=True)
bias = 0 if model.logit_bias is None else model.logit_bias
lists(image=image, text=text, logits=model.logit_scale.exp() * image @ text.T + bias)`,
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
from transformers import CLIPProcessor
processor = CLIPProcessor.from_pretrained(sys.argv[1])
texts = json.load(open(sys.argv[2]))
ids = processor.tokenizer(texts, truncation=True)['input_ids']
direct = Tokenizer.from_file(sys.argv[1] + '/tokenizer.json')
direct.enable_truncation(processor.tokenizer.model_max_length)
pixels = processor(images=Image.open(sys.argv[3]), return_tensors='np')['pixel_values']
print(json.dumps({'ids': ids, 'direct': [each.ids for each in direct.encode_batch(texts)], 'pixels': pixels.flatten().tolist()}))`

const pixelsOf = `
import json, sys
from PIL import Image
from transformers import AutoImageProcessor
processor = AutoImageProcessor.from_pretrained(sys.argv[1])
print(json.dumps(processor(images=Image.open(sys.argv[2]), return_tensors='np')['pixel_values'].flatten().tolist()))`

interface Processed {
  readonly ids: number[][]
  readonly direct: number[][]
  readonly pixels: number[]
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

/** Rows of ids, padded with zeros to the context. */
function padded(rows: readonly (readonly number[])[], length: number): number[][] {
  return rows.map((row) => [...row, ...Array.from({ length: length - row.length }, () => 0)])
}

async function expectSameOutputs(form: FolderForm, source: string, out: string): Promise<void> {
  await convertCheckpoint(source, out, { to: form })
  await using model = await DreamLIP.load(out)
  const { vision, text } = model.config
  const full = Array.from({ length: text.contextLength - 2 }, (_, i) => (7 * i) % 58)
  const tokens = [
    [58, 3, 17, 5, 59],
    [58, ...full, 59],
  ]
  const images = somePixels(2, vision.imageSize)
  writeFileSync(join(folder, 'pixels'), images.pixels)
  const ids = JSON.stringify(padded(tokens, text.contextLength))
  const args = [out, ids, join(folder, 'pixels'), String(vision.imageSize)]
  const theirs = JSON.parse(runPython(programs[form], args)) as Outputs
  const [image, texts] = [await model.encodeImage(images), await model.encodeText({ tokens })]
  const { data: cosines } = await model.similarity(image, texts)
  const bias = model.parameters.get('logit_bias')?.data[0] ?? 0
  const logits = cosines.map((cosine) => model.logitScale * cosine + bias)
  expect(largestDifference(image.data, theirs.image)).toBeLessThan(1e-5)
  expect(largestDifference(texts.data, theirs.text)).toBeLessThan(1e-5)
  expect(largestDifference(logits, theirs.logits)).toBeLessThan(1e-5)
}

const hasPython = pythonHas('torch', 'transformers')

describe.skipIf(!hasPython)('a folder for transformers', () => {
  const hub = join(folder, 'whole')

  it.each([
    ['GELU', tiny],
    ['quick GELU', quick],
    ['248 positions', longTexts],
    ['an image size that patches do not divide, and an uneven MLP', uneven],
  ])('gives the same features and logits: %s', async (name, config) => {
    const source = join(folder, `${name}.safetensors`)
    await writeModel(source, config)
    await expectSameOutputs('hugging-face', source, join(folder, name))
  })

  it('gives the same token ids and the same pixels', async () => {
    const source = join(folder, 'whole.safetensors')
    await writeModel(source, { ...tiny, text_cfg: { ...tiny.text_cfg, context_length: 77, vocab_size: 49_408 } })
    await convertCheckpoint(source, hub, { to: 'hugging-face' })
    const lines = gunzipSync(readFileSync('test/fixtures/tokenizer/captions.jsonl.gz')).toString().trimEnd()
    // transformers does not repair mojibake, straighten quotes and decode entities, as open_clip does.
    const texts = lines
      .split('\n')
      .map((line) => (JSON.parse(line) as { text: string }).text)
      .filter((text) => cleanText(text) === text.normalize('NFC').toLowerCase().replace(/\s+/g, ' ').trim())
    expect(texts.length).toBeGreaterThan(500)
    writeFileSync(join(folder, 'texts.json'), JSON.stringify(texts))
    const theirs = JSON.parse(runPython(processing, [hub, join(folder, 'texts.json'), photo])) as Processed
    const tokenizer = await Tokenizer.load()
    expect(theirs.ids).toEqual(texts.map((text) => rowOf(tokenizer, text)))
    expect(theirs.direct).toEqual(theirs.ids)
    const { data } = await preprocessImage(photo, { size: 32 })
    expect(largestDifference(data, theirs.pixels)).toBeLessThan(1e-5)
  })

  it('squashes images with the interpolation of the model', async () => {
    const source = join(folder, 'squash.safetensors')
    const steps = { mean: [0.5, 0.4, 0.3], std: [0.2, 0.3, 0.4], resize_mode: 'squash', interpolation: 'bilinear' }
    await writeModel(source, tiny, { metadata: { preprocess_cfg: JSON.stringify(steps) } })
    const out = join(folder, 'squash')
    await convertCheckpoint(source, out, { to: 'hugging-face' })
    const theirs = JSON.parse(runPython(pixelsOf, [out, photo])) as number[]
    const { mean, std, interpolation } = { ...steps, interpolation: 'bilinear' as const }
    const own = await preprocessImage(photo, { size: 32, mean, std, interpolation, resizeMode: 'squash' })
    expect(largestDifference(own.data, theirs)).toBeLessThan(1e-5)
  })
})

describe.skipIf(!hasPython)('a folder for open_clip', () => {
  it.each([
    ['GELU', tiny, {}],
    ['quick GELU and 248 positions', longTexts, {}],
    ['layer scale, average pooling, no ln_pre, an uneven MLP', unlike, {}],
    ['a bias', tiny, { logit_bias: [1] }],
  ])('gives the same features and logits: %s', async (name, config, more) => {
    const source = join(folder, `${name}.safetensors`)
    await writeModel(source, config, { more })
    await expectSameOutputs('open-clip', source, join(folder, `open-clip ${name}`))
  })
})

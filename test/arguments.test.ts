/** Passes junk as each argument and option of every public function: the call must succeed or throw a descriptive DreamLIPError. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { tensor, tensor1d, tensor2d, tensor3d, tensor4d, type Tensor } from '@tensorflow/tfjs-core'
import '@tensorflow/tfjs-backend-cpu'
import fc from 'fast-check'
import { afterAll, describe, expect, it } from 'vitest'
import * as dreamlip from '../src/index.node.ts'
import { DreamLIP, DreamLIPError } from '../src/index'
import { memoryStore } from './search/query/memory-store'

const folder = mkdtempSync(join(tmpdir(), 'dreamlip-junk-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const config = {
  embed_dim: 8,
  vision_cfg: { image_size: 16, layers: 1, width: 16, head_width: 8, patch_size: 8 },
  text_cfg: { context_length: 12, vocab_size: 49408, width: 8, heads: 2, layers: 1 },
}
const model = await DreamLIP.create(config, { device: 'cpu', runtime: 'eager' })
const other = await DreamLIP.create(config, { device: 'cpu', runtime: 'eager' })
const file = await model.toBlob()
const vectorStore = memoryStore(8)
await vectorStore.add(['a.png', 'b.png'], new Float32Array(16).fill(1))
const vectorIndex = await dreamlip.VectorIndex.open(join(folder, 'index-of-vectors'), { width: 8 })
await vectorIndex.add(['a', 'c'], new Float32Array(16).fill(1), { fields: { size: Float64Array.of(1, 2) } })
const imageIndex = await dreamlip.ImageIndex.open(join(folder, 'index-of-images'), { model, store: memoryStore(8) })
mkdirSync(imageIndex.folder)
const picture = () => ({ data: new Uint8Array(3 * 16 * 16).fill(90), width: 16, height: 16, channels: 3 as const })
const embeddings = (rows: number) => ({ data: new Float32Array(rows * 8).fill(1), shape: [rows, 8] as const })
const classifier = () => ({ labels: ['a', 'b'], embeddings: embeddings(2) })
const labelledRows = (rows: number) => ({
  embeddings: embeddings(rows),
  labels: Array.from({ length: rows }, (_, i) => i % 2),
})
const labelledSet = () => ({
  task: 'classification' as const,
  name: 'set',
  split: 'test',
  classes: ['a', 'b'],
  templates: ['a {}'],
  samples: [0, 1].map((at) => ({ id: String(at), image: picture(), classes: [at] })),
  problems: [],
})
const captionedSet = () => ({
  task: 'retrieval' as const,
  name: 'set',
  split: 'test',
  isLong: false,
  samples: [0, 1].map((at) => ({ id: String(at), image: picture(), captions: ['A cat. It sleeps.'] })),
  problems: [],
})
const choiceSet = () => ({
  task: 'choice' as const,
  name: 'set',
  split: 'test',
  samples: [{ id: '0', images: [{ id: '0', image: picture() }], captions: ['A cat.', 'A dog.'], category: 'a' }],
  problems: [],
})
const map = () => ({ text: 'a', data: new Float32Array(256), shape: [16, 16] as const })
const labelled = () => ({ labels: ['a'], data: new Uint16Array(256), shape: [16, 16] as const })
const record = () => ({ key: 'a', image: picture(), raw: 'A cat.', captions: { other: 'It sleeps. It is red.' } })
const records = () => Array.from({ length: 4 }, record)
const dataset = dreamlip.LongCaptionDataset.of(records())
const random = dreamlip.createRandom(1)
const tokenizer = await dreamlip.Tokenizer.load()
const plain = dreamlip.createModel(config)
const weights = new Map<string, Tensor>(
  [...plain.parameters].map(([name, { data, shape }]) => [name, tensor(data, [...shape])]),
)
const shardList = join(folder, 'list.csv')
writeFileSync(shardList, 'image,caption\nmissing.png,A cat.\n')
const noRedis = 'redis://127.0.0.1:9'
const hostTensor = () => ({ data: Float32Array.of(1, 2), shape: [2], dtype: 'float32' as const })

const adamW = { betas: [0.9, 0.98], eps: 1e-6, lr: 1e-3 }
const training = dreamlip.pyTorchBlob({
  ...{ epoch: 0, name: 'a', state_dict: { a: hostTensor() } },
  optimizer: {
    state: {},
    param_groups: [
      { ...adamW, weight_decay: 0, params: [0] },
      { ...adamW, weight_decay: 0.2, params: [] },
    ],
  },
})

const segmentationSet = (): dreamlip.SegmentationSet => ({
  ...{ task: 'segmentation', name: 'own', split: 'all', problems: [], classes: [['a'], ['b']], ignored: 255 },
  samples: [{ id: 'a', image: picture(), mask: async () => ({ data: new Uint8Array(256), shape: [16, 16] }) }],
})
const pointingSet = (): dreamlip.PointingSet => ({
  ...{ task: 'pointing', name: 'own', split: 'all', problems: [] },
  samples: [{ id: 'a', image: picture(), phrases: [{ text: 'a cat', boxes: [[0, 0, 9, 9]] }] }],
})
const report = (): dreamlip.BenchmarkReport => ({
  ...{ format: 'dreamlip-evaluation', version: 1, model: { name: 'a', fingerprint: 'f' }, protocol: {}, details: {} },
  set: { name: 'own', title: 'Own', task: 'segmentation', split: 'all', samples: 1 },
  figures: { meanIoU: 0.5 },
  problems: { total: 0, byReason: {}, first: [] },
  versions: { dreamlip: '1', host: 'Node 20', backend: 'cpu', device: 'cpu', dtype: 'float32' },
  ...{ started: '2026-01-01T00:00:00.000Z', seconds: 1 },
})

const B = () => tensor2d([1, 0, 0, 1], [2, 2])
const K = () => tensor3d([1, 0, 0, 1, 1, 0, 0, 1], [2, 2, 2])
const pixels = () => tensor4d(new Float32Array(3 * 256), [1, 3, 16, 16])
const ids = () => tensor2d([49406, 320, 49407], [1, 3], 'int32')

interface Case {
  readonly call: (...args: never[]) => unknown
  /** Valid arguments. */
  readonly args: () => readonly unknown[]
  /** Options of the last argument that are replaced one by one. */
  readonly options?: readonly string[]
  /** Arguments that name files to write: strings are not tried. */
  readonly paths?: readonly number[]
}

const encoding = ['batchSize', 'signal', 'onProgress']
const dense = [...encoding, 'attention', 'shortSide', 'preprocessing', 'long']
const losses = { logitScale: 10, chunkSize: 4 }

const cases: Record<string, Case> = {
  'DreamLIP.load': {
    call: async (source: Blob, options: object) => (await DreamLIP.load(source, options)).dispose(),
    args: () => [file, { device: 'cpu', runtime: 'eager' }],
    options: [
      'config',
      'preprocessing',
      'prefix',
      'weights',
      'device',
      'runtime',
      'optimize',
      'dtype',
      'imageSize',
      'contextLength',
      'cache',
      'onProgress',
      'onWarning',
      'signal',
      'queue',
      'threads',
      'workers',
    ],
  },
  'DreamLIP.create': {
    call: async (given: object, options: object) => (await DreamLIP.create(given as never, options)).dispose(),
    args: () => [config, { device: 'cpu', runtime: 'eager' }],
    options: ['device', 'runtime', 'optimize', 'threads', 'dtype', 'seed', 'queue'],
  },
  'DreamLIP.create with a queue': {
    call: async (queue: object) =>
      (await DreamLIP.create(config, { device: 'cpu', runtime: 'eager', queue })).dispose(),
    args: () => [{ maxDelay: 1, maxWaiting: 10 }],
    options: ['maxDelay', 'maxWaiting'],
  },
  'similarity of embeddings with errors': {
    call: (images: never, errors: never) => model.similarity({ ...(images as object), errors } as never, 'a cat'),
    args: () => [embeddings(2), [{ index: 1, code: 'IMAGE_INVALID', message: 'broken' }]],
  },
  'model.encodeImage': {
    call: model.encodeImage.bind(model),
    args: () => [[picture()], {}],
    options: ['normalize', 'preprocessing', 'onError', 'decode', ...encoding],
  },
  'model.encodeImage of pixels': {
    call: (data: never, shape: never) => model.encodeImage({ pixels: data, shape }),
    args: () => [new Float32Array(3 * 256), [1, 3, 16, 16]],
  },
  'model.encodeImage of { data }': {
    call: (data: never, width: never, height: never, channels: never) =>
      model.encodeImage({ data, width, height, channels }),
    args: () => [new Uint8Array(3 * 256), 16, 16, 3],
  },
  'model.encodeText': {
    call: model.encodeText.bind(model),
    args: () => [['a cat'], {}],
    options: ['normalize', 'long', ...encoding],
  },
  'model.encodeText of tokens': {
    call: (tokens: never) => model.encodeText({ tokens }),
    args: () => [[[49406, 320, 49407]]],
  },
  'model.encodeText of a row of tokens': {
    call: (row: never) => model.encodeText({ tokens: [row] }),
    args: () => [[49406, 320, 49407]],
  },
  'model.encodeText of what tokenize returns': {
    call: (ids: never, shape: never, lengths: never, untruncatedLengths: never) =>
      model.encodeText({ ids, shape, lengths, untruncatedLengths }),
    args: () => [Int32Array.of(49406, 320, 49407), [1, 3], Int32Array.of(3), Int32Array.of(3)],
  },
  'model.encodeImage of what preprocessImage returns': {
    call: (data: never, shape: never) => model.encodeImage([picture(), { data, shape }]),
    args: () => [new Float32Array(3 * 256), [3, 16, 16]],
  },
  'model.encodePatches': {
    call: model.encodePatches.bind(model),
    args: () => [[picture()], {}],
    options: ['project', 'normalize', 'attention', 'layer', 'preprocessing', 'onError', 'decode', ...encoding],
  },
  'model.similarity': {
    call: model.similarity.bind(model),
    args: () => [embeddings(1), embeddings(2), {}],
    options: ['onError', 'decode', 'long', ...encoding],
  },
  'model.match': {
    call: model.match.bind(model),
    args: () => [[picture()], ['a', 'b'], {}],
    options: ['onError', 'decode', ...encoding],
  },
  'model.rank': {
    call: model.rank.bind(model),
    args: () => ['a', [picture()], {}],
    options: ['shortlist', 'onError', 'decode', ...encoding],
  },
  'model.classify': {
    call: model.classify.bind(model),
    args: () => [[picture()], ['a', 'b'], {}],
    options: ['templates', 'topK', 'long', 'onError', 'decode', ...encoding],
  },
  'model.ground': { call: model.ground.bind(model), args: () => [picture(), 'A cat.', {}], options: dense },
  'model.segment': {
    call: model.segment.bind(model),
    args: () => [picture(), ['a', 'b'], {}],
    options: ['templates', 'scale', ...dense],
  },
  embedImages: {
    call: dreamlip.embedImages,
    args: () => [model, [{ id: 'a', image: picture() }], {}],
    options: ['batchSize', 'signal', 'onProgress'],
  },
  segmentSet: {
    call: dreamlip.segmentSet,
    args: () => [model, segmentationSet(), { protocol: { templates: 'one' } }],
    options: ['protocol', 'batchSize', 'signal', 'onProgress'],
  },
  pointSet: {
    call: dreamlip.pointSet,
    args: () => [model, pointingSet(), {}],
    options: ['protocol', 'batchSize', 'signal', 'onProgress'],
  },
  runBenchmark: {
    call: dreamlip.runBenchmark,
    args: () => [[{ name: 'a', model }], { set: segmentationSet(), protocol: { templates: 'one' } }],
    options: ['set', 'protocol', 'batchSize', 'signal', 'onProgress'],
  },
  benchmarkTable: { call: dreamlip.benchmarkTable, args: () => [[report()], 'markdown'] },
  benchmarkPage: {
    call: dreamlip.benchmarkPage,
    args: () => [[report()], {}],
    options: ['thumbnails', 'signal'],
  },
  parseReport: { call: dreamlip.parseReport, args: () => ['a.json', JSON.stringify(report())] },
  'model.preload': {
    call: model.preload.bind(model),
    args: () => [{}],
    options: ['towers', 'signal', 'onProgress'],
  },
  'model.fingerprint': {
    call: model.fingerprint.bind(model),
    args: () => [{}],
    options: ['signal', 'onProgress'],
  },
  'model.selfCheck': {
    call: model.selfCheck.bind(model),
    args: () => [{}],
    options: ['signal', 'onProgress'],
  },
  'model.save': {
    call: model.save.bind(model),
    args: () => [join(folder, 'saved.safetensors'), {}],
    options: ['dtype', 'tokens', 'metadata'],
    paths: [0],
  },
  'model.toBlob': { call: model.toBlob.bind(model), args: () => [{}], options: ['dtype', 'tokens', 'metadata'] },
  'model.exportOnnx': {
    call: model.exportOnnx.bind(model),
    args: () => [join(folder, 'tower.onnx'), { part: 'text' }],
    options: ['part', 'output', 'layer', 'dtype', 'dynamicBatch', 'batchSize', 'signal', 'onProgress'],
    paths: [0],
  },
  compile: {
    call: async (fn: never, specs: object, options: object) => {
      const compiled = dreamlip.compile(fn, specs as never, options)
      try {
        await compiled({ x: new Float32Array(2) } as never)
      } finally {
        compiled.dispose()
      }
    },
    args: () => [({ x }: { x: Tensor }) => ({ y: x }), { x: { shape: [2] } }, { runtime: 'eager', device: 'cpu' }],
    options: ['device', 'runtime', 'optimize'],
  },
  'compile of a spec': {
    call: (spec: never) => dreamlip.compile(({ x }) => ({ y: x }), { x: spec }, { runtime: 'eager', device: 'cpu' }),
    args: () => [{ shape: [2] }],
  },
  'a compiled function': {
    call: dreamlip.compile(({ x }) => ({ y: x }), { x: { shape: [2] } }, { runtime: 'eager', device: 'cpu' }),
    args: () => [{ x: Float32Array.of(1, 2) }],
    options: ['x'],
  },
  cosineSimilarity: { call: dreamlip.cosineSimilarity, args: () => [embeddings(1), embeddings(2)] },
  row: { call: dreamlip.row, args: () => [embeddings(2), 1] },
  rows: { call: dreamlip.rows, args: () => [embeddings(2)] },
  topK: { call: dreamlip.topK as never, args: () => [embeddings(3), embeddings(2), 2] },
  'topK of one vector': { call: dreamlip.topK as never, args: () => [embeddings(3), new Float32Array(8).fill(1), 2] },
  readEmbeddings: {
    call: dreamlip.readEmbeddings,
    args: () => [dreamlip.npyBytes(embeddings(2)), {}],
    options: ['tensor', 'names', 'signal'],
  },
  saveEmbeddings: {
    call: dreamlip.saveEmbeddings,
    args: () => [join(folder, 'saved.npy'), { ...embeddings(2), names: ['a', 'b'] }, {}],
    options: ['metadata', 'signal'],
    paths: [0],
  },
  'saveEmbeddings of images and texts': {
    call: (images: never, texts: never) => dreamlip.saveEmbeddings(join(folder, 'both.npy'), { images, texts }),
    args: () => [embeddings(2), embeddings(1)],
  },
  embedShards: {
    call: dreamlip.embedShards,
    args: () => [model, shardList, { out: join(folder, 'bulk') }],
    options: [
      'partition',
      'rowsPerShard',
      'dtype',
      'texts',
      'long',
      'decode',
      'batchSize',
      'records',
      'signal',
      'onProgress',
    ],
  },
  s3Destination: { call: dreamlip.s3Destination, args: () => ['s3://bucket/a', {}] },
  // Junk must not reach a queue.
  addWork: {
    call: dreamlip.addWork,
    args: () => [shardList, { out: 'bulk', redis: noRedis }],
    options: [
      'out',
      'queue',
      'rowsPerShard',
      'dtype',
      'texts',
      'long',
      'decode',
      'batchSize',
      'attempts',
      'records',
      'signal',
    ],
  },
  runWork: {
    call: dreamlip.runWork,
    args: () => [model, { redis: noRedis }],
    options: ['redis', 'queue', 'untilEmpty', 'lockSeconds', 'onShard', 'signal'],
  },
  retryWork: { call: dreamlip.retryWork, args: () => [{ redis: noRedis }], options: ['redis', 'queue'] },
  workStatus: { call: dreamlip.workStatus, args: () => [{ redis: noRedis }], options: ['redis', 'queue'] },
  workMetrics: { call: dreamlip.workMetrics, args: () => [{ redis: noRedis }], options: ['redis', 'queue'] },
  buildZeroShotClassifier: {
    call: dreamlip.buildZeroShotClassifier,
    args: () => [model, ['a', 'b'], {}],
    options: ['templates', 'long', ...encoding],
  },
  'model.classify with a classifier': {
    call: (labels: never, given: never) => model.classify(picture(), { labels, embeddings: given }),
    args: () => [['a', 'b'], embeddings(2)],
  },
  contrastiveLoss: {
    call: dreamlip.contrastiveLoss,
    args: () => [{ images: B(), texts: B(), ...losses }],
    options: ['images', 'texts', 'logitScale', 'chunkSize'],
  },
  multiPositiveLoss: {
    call: dreamlip.multiPositiveLoss,
    args: () => [{ images: B(), texts: K(), ...losses }],
    options: ['images', 'texts', 'logitScale', 'chunkSize'],
  },
  multiPositiveCircleLoss: {
    call: dreamlip.multiPositiveCircleLoss,
    args: () => [{ images: B(), texts: K() }],
    options: ['images', 'texts', 'margin', 'gamma', 'chunkSize'],
  },
  sigmoidLoss: {
    call: dreamlip.sigmoidLoss,
    args: () => [{ images: B(), texts: B(), logitBias: -1, ...losses }],
    options: ['images', 'texts', 'logitBias', 'logitScale', 'chunkSize'],
  },
  flairLoss: {
    call: dreamlip.flairLoss,
    args: () => [{ patches: K(), texts: K(), images: B(), pool: {}, logitBias: -1, ...losses }],
    options: ['patches', 'texts', 'images', 'pool', 'logitBias', 'negatives', 'seed', 'logitScale', 'chunkSize'],
  },
  distillationLoss: {
    call: dreamlip.distillationLoss,
    args: () => [{ images: B(), texts: B(), teacherImages: B(), teacherTexts: B(), teacherLogitScale: 1, ...losses }],
    options: ['images', 'texts', 'teacherImages', 'teacherTexts', 'teacherLogitScale', 'logitScale', 'chunkSize'],
  },
  subcaptionPatchLoss: {
    call: dreamlip.subcaptionPatchLoss,
    args: () => [{ patches: K(), texts: K(), ...losses }],
    options: ['patches', 'texts', 'normalization', 'threshold', 'negatives', 'logitScale', 'chunkSize'],
  },
  writeShards: {
    call: dreamlip.writeShards,
    args: () => [dataset, join(folder, 'shards'), {}],
    options: ['samplesPerShard', 'textFiles', 'maxSkipped', 'signal', 'onProgress', 'onSkip'],
    paths: [1],
  },
  'LongCaptionDataset.open': {
    call: dreamlip.LongCaptionDataset.open,
    args: () => [folder, {}],
    options: [
      ...[
        'layout',
        'columns',
        'images',
        'byName',
        'absolutePaths',
        'captionsOptional',
        'split',
        'weights',
        'headers',
        'signal',
        'onIndex',
      ],
    ],
  },
  'LongCaptionDataset.of': { call: dreamlip.LongCaptionDataset.of, args: () => [records()] },
  'LongCaptionDataset.of a record': {
    call: (one: never) => dreamlip.LongCaptionDataset.of([one]),
    args: () => [record()],
    options: ['key', 'raw', 'captions'],
  },
  'dataset.readings': {
    call: async (options: object) => {
      for await (const reading of dataset.readings(options)) if (!reading) throw new Error('nothing')
    },
    args: () => [{}],
    options: ['from', 'seed', 'signal'],
  },
  'dataset.loader': {
    call: (options: object) => dataset.loader(options),
    args: () => [{ batchSize: 2 }],
    options: [
      'batchSize',
      'imageSize',
      'texts',
      'augmentation',
      'contextLength',
      'seed',
      'rank',
      'worldSize',
      'shuffle',
      'samplesPerEpoch',
      'maxSkipped',
      'mean',
      'std',
      'resizeMode',
      'interpolation',
      'exifOrientation',
    ],
  },
  'loader.batches': {
    call: async (from: never, signal: never) => {
      for await (const batch of dataset.loader({ batchSize: 4, imageSize: 16 }).batches(from, signal)) batch.release()
    },
    args: () => [{ epoch: 0, sample: 0 }, undefined],
    options: [],
  },
  splitCaption: { call: dreamlip.splitCaption, args: () => ['A cat. A dog.', {}], options: ['rule'] },
  SubcaptionSampler: {
    call: (options: object) => new dreamlip.SubcaptionSampler(options),
    args: () => [{}],
    options: ['count', 'raw', 'captions', 'rule', 'merged', 'reference'],
  },
  'sampler.sample': {
    call: (one: never, chance: never) => new dreamlip.SubcaptionSampler().sample(one, chance),
    args: () => [record(), random],
  },
  'sampler.pieces': { call: (one: never) => new dreamlip.SubcaptionSampler().pieces(one), args: () => [record()] },
  'Tokenizer.load': { call: dreamlip.Tokenizer.load, args: () => [{}], options: ['contextLength'] },
  'tokenizer.encode': { call: (text: never) => tokenizer.encode(text), args: () => ['a'] },
  'tokenizer.tokenize': { call: (text: never) => tokenizer.tokenize(text), args: () => [['a']] },
  'tokenizer.decode': { call: (some: never) => tokenizer.decode(some), args: () => [[320]] },
  'tokenizer.tokens': { call: (text: never) => tokenizer.tokens(text), args: () => ['a'] },
  decodeImage: { call: dreamlip.decodeImage, args: () => [picture(), {}], options: ['exifOrientation', 'signal'] },
  readImageInfo: {
    call: dreamlip.readImageInfo,
    args: () => ['test/fixtures/images/modes/rgb.png', {}],
    options: ['signal'],
  },
  preprocessImage: {
    call: dreamlip.preprocessImage,
    args: () => [picture(), {}],
    options: ['size', 'resizeMode', 'interpolation', 'mean', 'std', 'exifOrientation', 'decode', 'signal'],
  },
  resizeAndCrop: { call: dreamlip.resizeAndCrop, args: () => [picture(), 8, 'shortest', 'bicubic'] },
  drawHeatMap: { call: dreamlip.drawHeatMap, args: () => [picture(), map(), {}], options: ['opacity', 'range'] },
  highestPoint: { call: dreamlip.highestPoint, args: () => [map()], options: ['data', 'shape'] },
  valueRange: { call: dreamlip.valueRange, args: () => [[map()]] },
  drawSegmentation: { call: dreamlip.drawSegmentation, args: () => [picture(), labelled(), {}], options: ['opacity'] },
  segmentationLegend: { call: dreamlip.segmentationLegend, args: () => [labelled()], options: ['labels', 'data'] },
  encodePNG: { call: dreamlip.encodePNG, args: () => [picture()], options: ['data', 'width', 'height', 'channels'] },
  downloadCheckpoint: {
    call: dreamlip.downloadCheckpoint,
    args: () => [' ', {}],
    options: ['folder', 'sha256', 'signal', 'onProgress'],
  },
  'downloadCheckpoint from the Hub': {
    // Junk must not lead to requests.
    call: (name: string, hub: object) =>
      dreamlip.downloadCheckpoint(name, { hub: { ...hub, offline: true, cacheDir: folder } }),
    args: () => ['hf://a/b@0', { token: 'hf_a', endpoint: 'http://localhost' }],
    options: ['token', 'endpoint'],
  },
  'models.remove': { call: dreamlip.models.remove, args: () => [' '] },
  toFloat32: { call: dreamlip.toFloat32, args: () => [Float32Array.of(1)] },
  toOpenCLIPNames: { call: dreamlip.toOpenCLIPNames, args: () => [new Map()] },
  npyBytes: { call: dreamlip.npyBytes, args: () => [embeddings(1)], options: ['data', 'shape'] },
  npyChunks: { call: dreamlip.npyChunks, args: () => [embeddings(1)], options: ['data', 'shape'] },
  heatColor: { call: dreamlip.heatColor, args: () => [0.5] },
  hexColor: { call: dreamlip.hexColor, args: () => [[1, 2, 3]] },
  drawHistogram: { call: dreamlip.drawHistogram, args: () => [[1, 2, 3], 2] },
  listImages: { call: dreamlip.listImages, args: () => [['test/fixtures'], {}], options: ['onWarning', 'signal'] },
  isImageProblem: { call: dreamlip.isImageProblem, args: () => [new Error('a')] },
  describeDataset: {
    call: dreamlip.describeDataset,
    args: () => [dataset, {}],
    options: ['limit', 'texts', 'exists', 'signal', 'onProgress'],
  },
  inspectCheckpoint: {
    call: dreamlip.inspectCheckpoint,
    args: () => [file, {}],
    options: ['config', 'prefix', 'weights', 'signal'],
  },
  convertCheckpoint: {
    call: dreamlip.convertCheckpoint,
    args: () => [file, join(folder, 'converted.safetensors'), {}],
    options: [
      ...[
        'to',
        'leaveOut',
        'dtype',
        'config',
        'prefix',
        'weights',
        'contextLength',
        'signal',
        'onProgress',
        'onWarning',
      ],
    ],
    paths: [1],
  },
  convertTrainingCheckpoint: {
    call: dreamlip.convertTrainingCheckpoint,
    args: () => [training, join(folder, 'converted.pt'), {}],
    options: ['leaveOut', 'signal'],
    paths: [1],
  },
  readCheckpoint: {
    call: async (source: Blob, options: object) => (await dreamlip.readCheckpoint(source, options)).close(),
    args: () => [file, {}],
    options: ['signal', 'weights'],
  },
  safetensorsBlob: { call: dreamlip.safetensorsBlob, args: () => [{ a: hostTensor() }, {}] },
  'safetensorsBlob of a tensor': {
    call: (a: never) => dreamlip.safetensorsBlob({ a }),
    args: () => [hostTensor()],
    options: ['data', 'shape', 'dtype'],
  },
  saveSafetensors: {
    call: dreamlip.saveSafetensors,
    args: () => [join(folder, 'a.safetensors'), { a: hostTensor() }, {}],
    paths: [0],
  },
  pyTorchBlob: { call: dreamlip.pyTorchBlob, args: () => [{ a: hostTensor() }], options: ['a'] },
  'pyTorchBlob of a tensor': {
    call: (a: never) => dreamlip.pyTorchBlob({ a }),
    args: () => [hostTensor()],
    options: ['data', 'shape', 'dtype'],
  },
  savePyTorch: {
    call: dreamlip.savePyTorch,
    args: () => [join(folder, 'a.pt'), { a: hostTensor() }, {}],
    options: ['signal'],
    paths: [0],
  },
  encodeImage: { call: dreamlip.encodeImage, args: () => [weights, pixels(), plain.config] },
  encodePatches: { call: dreamlip.encodePatches, args: () => [weights, pixels(), plain.config, 'standard'] },
  encodeText: { call: dreamlip.encodeText, args: () => [weights, ids(), tensor1d([2], 'int32'), plain.config] },
  projectPatches: {
    call: dreamlip.projectPatches,
    args: () => [weights, tensor3d(new Float32Array(64), [1, 4, 16]), plain.config],
  },
  visionTransformer: { call: dreamlip.visionTransformer, args: () => [weights, pixels(), plain.config.vision, {}] },
  textTransformer: { call: dreamlip.textTransformer, args: () => [weights, ids(), plain.config.text] },
  inferConfig: {
    call: dreamlip.inferConfig,
    args: () => [dreamlip.parameterShapes(plain.config), { quickGelu: false }],
  },
  parseConfig: { call: dreamlip.parseConfig, args: () => [config], options: ['embed_dim', 'vision_cfg', 'text_cfg'] },
  toOpenCLIPConfig: { call: dreamlip.toOpenCLIPConfig, args: () => [plain.config] },
  createModel: { call: dreamlip.createModel, args: () => [config, {}], options: ['seed'] },
  parameterShapes: { call: dreamlip.parameterShapes, args: () => [plain.config] },
  createRandom: { call: dreamlip.createRandom, args: () => [1] },
  evaluateClassification: {
    call: dreamlip.evaluateClassification,
    args: () => [model, [{ image: picture(), label: 'a' }], classifier(), {}],
    options: encoding,
  },
  evaluateRetrieval: {
    call: dreamlip.evaluateRetrieval,
    args: () => [model, [{ image: picture(), captions: ['a'] }], {}],
    options: ['at', 'long', ...encoding],
  },
  evaluateSegmentation: {
    call: dreamlip.evaluateSegmentation,
    args: () => [model, [{ image: picture(), mask: labelled() }], classifier(), {}],
    options: dense,
  },
  heldOutRetrieval: {
    call: dreamlip.heldOutRetrieval,
    args: () => [dataset, {}],
    options: ['signal', 'onSkip', 'long'],
  },
  classifySet: {
    call: dreamlip.classifySet,
    args: () => [model, labelledSet(), {}],
    options: ['protocol', 'batchSize', 'signal', 'onProgress'],
  },
  retrieveSet: {
    call: dreamlip.retrieveSet,
    args: () => [model, captionedSet(), { protocol: { at: [1] } }],
    options: ['protocol', 'batchSize', 'signal', 'onProgress'],
  },
  readingReport: {
    call: dreamlip.readingReport,
    args: () => [model, captionedSet(), { protocol: { captions: 1 } }],
    options: ['protocol', 'batchSize', 'signal', 'onProgress'],
  },
  chooseSet: {
    call: dreamlip.chooseSet,
    args: () => [model, choiceSet(), {}],
    options: ['protocol', 'batchSize', 'signal', 'onProgress'],
  },
  'classifySet of a set': {
    call: (set: never) => dreamlip.classifySet(model, set),
    args: () => [labelledSet()],
    options: ['task', 'classes', 'templates', 'samples', 'problems'],
  },
  linearProbe: {
    call: dreamlip.linearProbe,
    args: () => [{ train: labelledRows(4), test: labelledRows(2) }],
    options: [
      'train',
      'test',
      'validation',
      'regularization',
      'shots',
      'seeds',
      'maxIterations',
      'signal',
      'onProgress',
    ],
  },
  probeSet: {
    call: dreamlip.probeSet,
    args: () => [model, labelledSet(), labelledSet(), { regularization: 1 }],
    options: ['validation', 'regularization', 'shots', 'seeds', 'maxIterations', ...encoding],
  },
  'evaluateClassification of a sample': {
    call: (sample: never) => dreamlip.evaluateClassification(model, [sample], classifier()),
    args: () => [{ image: picture(), label: 'a' }],
    options: ['image', 'label'],
  },
  'evaluateRetrieval of a sample': {
    call: (sample: never) => dreamlip.evaluateRetrieval(model, [sample]),
    args: () => [{ image: picture(), captions: ['a'] }],
    options: ['image', 'captions'],
  },
  'evaluateSegmentation of a sample': {
    call: (sample: never) => dreamlip.evaluateSegmentation(model, [sample], classifier()),
    args: () => [{ image: picture(), mask: labelled() }],
    options: ['image', 'mask', 'candidates'],
  },
  'VectorIndex.open': {
    call: async (path: string, options: object) => (await dreamlip.VectorIndex.open(path, options)).close(),
    args: () => [join(folder, 'vectors'), { width: 8 }],
    options: ['width', 'model', 'threads', 'wait'],
    paths: [0],
  },
  'VectorIndex.add': {
    call: (...args) => vectorIndex.add(...(args as unknown as Parameters<typeof vectorIndex.add>)),
    args: () => [['a'], new Float32Array(8).fill(1), { fields: { size: Float64Array.of(1), hash: ['x'] } }],
    options: ['fields', 'signal'],
  },
  'VectorIndex.remove': {
    call: (...args) => vectorIndex.remove(...(args as unknown as Parameters<typeof vectorIndex.remove>)),
    args: () => [['b'], {}],
    options: ['signal'],
  },
  'VectorIndex.search': {
    call: (...args) => vectorIndex.search(...(args as unknown as Parameters<typeof vectorIndex.search>)),
    args: () => [new Float32Array(8).fill(1), 3, { where: { startsWith: 'a', between: { size: [0, 2] } } }],
    options: ['where', 'signal'],
  },
  'VectorIndex.search with a condition': {
    call: (where: object) => vectorIndex.search(new Float32Array(8).fill(1), 3, { where }),
    args: () => [{ startsWith: 'a', between: { size: [0, 2] } }],
    options: ['startsWith', 'between'],
  },
  'VectorIndex.vectors': {
    call: (...args) => vectorIndex.vectors(...(args as unknown as Parameters<typeof vectorIndex.vectors>)),
    args: () => [['a', 'z'], {}],
    options: ['signal'],
  },
  'VectorIndex.fields': {
    call: (...args) => vectorIndex.fields(...(args as unknown as Parameters<typeof vectorIndex.fields>)),
    args: () => [['a', 'z'], {}],
    options: ['signal'],
  },
  'VectorIndex.sample': {
    call: (...args) => vectorIndex.sample(...(args as unknown as Parameters<typeof vectorIndex.sample>)),
    args: () => [2, { seed: 1, where: {} }],
    options: ['seed', 'where', 'signal'],
  },
  'VectorIndex.rows': {
    call: async (options: object) => {
      for await (const { ids } of vectorIndex.rows(options)) if (ids.length > 9) break
    },
    args: () => [{}],
    options: ['signal'],
  },
  openLanceStore: {
    call: dreamlip.openLanceStore,
    args: () => [join(folder, 'lance'), { width: 8 }],
    options: ['width', 'model', 'table', 'dtype', 'storageOptions', 'probes', 'refine', 'cacheBytes'],
    paths: [0],
  },
  addEmbeddingsToLance: {
    call: dreamlip.addEmbeddingsToLance,
    args: () => [join(folder, 'embeddings'), join(folder, 'lance'), {}],
    options: ['table', 'dtype', 'storageOptions', 'ann', 'onProgress', 'signal'],
    paths: [0, 1],
  },
  fetchVectorIndex: {
    call: dreamlip.fetchVectorIndex,
    args: () => [join(folder, 'index-of-vectors'), {}],
    options: ['model', 'signal', 'onProgress'],
  },
  parseQuery: { call: dreamlip.parseQuery, args: () => ['A dog. A cat.'] },
  searchImages: {
    call: dreamlip.searchImages,
    args: () => [{ store: vectorStore, model }, 'A dog. A cat.', {}],
    options: ['topK', 'long', 'rerank', 'folder', 'taken', 'modified', 'size', 'signal'],
  },
  findSimilar: {
    call: dreamlip.findSimilar,
    args: () => [{ store: vectorStore, model }, picture(), {}],
    options: ['topK', 'threshold', 'folder', 'taken', 'modified', 'size', 'signal'],
  },
  findDuplicates: {
    call: dreamlip.findDuplicates,
    args: () => [{ store: vectorStore }, {}],
    options: ['threshold', 'least', 'onProgress', 'signal'],
  },
  renderSearchPage: {
    call: dreamlip.renderSearchPage,
    args: () => ['a', { hits: [{ path: 'a.png', score: 1 }] }, { model }],
    options: ['model', 'readImage', 'onProgress', 'signal'],
  },
  makeThumbnail: {
    call: dreamlip.makeThumbnail,
    args: () => [picture(), {}],
    options: ['side', 'format', 'signal'],
  },
  'ImageIndex.open': {
    call: async (at: string, options: never) => (await dreamlip.ImageIndex.open(at, options)).close(),
    args: () => [join(folder, 'pictures'), { model, store: vectorStore }],
    options: [
      'model',
      'modelName',
      'store',
      'reindex',
      'missing',
      'decode',
      'threads',
      'lance',
      'onProgress',
      'signal',
    ],
    paths: [0],
  },
  'imageIndex.add': {
    call: imageIndex.add.bind(imageIndex),
    args: () => [[], {}],
    options: ['missing', 'batchSize', 'decode', 'commitEvery', 'headers', 'onProgress', 'signal'],
    paths: [0],
  },
  'imageIndex.watch': {
    call: (inputs: never, options: never) => void imageIndex.watch(inputs, options).return(undefined),
    args: () => [[], {}],
    options: ['missing', 'batchSize', 'debounce', 'interval', 'onWarning', 'onProgress', 'signal'],
    paths: [0],
  },
  'imageIndex.remove': { call: imageIndex.remove.bind(imageIndex), args: () => [[], {}], options: ['signal'] },
  'imageIndex.rows': {
    call: (options: never) => imageIndex.rows(options).next(),
    args: () => [{}],
    options: ['signal'],
  },
  'imageIndex.stats': { call: imageIndex.stats.bind(imageIndex), args: () => [{}], options: ['signal'] },
  'imageIndex.image': { call: imageIndex.image.bind(imageIndex), args: () => ['a.png', {}], options: ['signal'] },
  'imageIndex.search': { call: imageIndex.search.bind(imageIndex), args: () => ['A dog. A cat.', {}] },
  'imageIndex.similar': { call: imageIndex.similar.bind(imageIndex), args: () => [picture(), {}] },
  serveIndex: {
    call: async (index: never, options: object) => (await dreamlip.serveIndex(index, options)).close(),
    args: () => [imageIndex, { port: 0 }],
    options: ['port', 'host', 'title'],
  },
  findServer: {
    call: dreamlip.findServer,
    args: () => [join(folder, 'pictures'), {}],
    options: ['signal'],
  },
  'imageIndex.duplicates': { call: imageIndex.duplicates.bind(imageIndex), args: () => [{}] },
  createFolderLogger: { call: dreamlip.createFolderLogger, args: () => [join(folder, 'logs')], paths: [0] },
  dreamLIPLoss: {
    call: dreamlip.dreamLIPLoss,
    args: () => [{}],
    options: ['multiPositive', 'subcaptionPatch', 'patches'],
  },
  createSchedule: {
    call: dreamlip.createSchedule,
    args: () => [{}, 10],
  },
  'createSchedule of options': {
    call: (options: never) => dreamlip.createSchedule(options, 10),
    args: () => [{}],
    options: ['kind', 'learningRate', 'warmup', 'cooldown', 'cooldownPower', 'cooldownEnd'],
  },
  Trainer: {
    call: (options: never) => new dreamlip.Trainer(options),
    args: () => [{ model: other, data: dataset.loader({ batchSize: 2 }) }],
    options: [
      'model',
      'data',
      'loss',
      'optimizer',
      'schedule',
      'freeze',
      'patchDropout',
      'microBatch',
      'evaluate',
      'best',
      'logger',
      'saveEvery',
      'keep',
      'seed',
      'name',
      'progress',
    ],
  },
  'trainer.diskUse': {
    call: (options: never) => {
      const data = dataset.loader({ batchSize: 2 })
      return new dreamlip.Trainer({ model: other, data, folder: join(folder, 'disk') }).diskUse(options)
    },
    args: () => [{ steps: 1 }],
    options: ['steps', 'epochs'],
  },
  'trainer.fit': {
    // A run of 2³¹ steps is valid. The first step is enough here.
    call: async (options: { onStep?: unknown }) => {
      const enough = new Error('enough')
      const onStep = () => {
        throw enough
      }
      const data = dataset.loader({ batchSize: 2, imageSize: 16 })
      const trainer = new dreamlip.Trainer({ model: other, data, progress: false })
      const given = typeof options === 'object' && options !== null ? { onStep, ...options } : options
      await trainer.fit(given as never).catch((error: unknown) => {
        if (error !== enough) throw error
      })
    },
    args: () => [{ steps: 1 }],
    options: ['steps', 'epochs', 'resume', 'continueFrom', 'signal', 'onStep'],
  },
}

/** Public functions whose arguments cannot be wrong. */
const withoutArguments = new Set(['DreamLIPError', 'describeMachine', 'progressLine'])

const numbers = [NaN, Infinity, -Infinity, -1, 0, -0, 1.5, 2 ** 31, 2 ** 53, Number.MAX_VALUE]
const odd = [
  undefined,
  null,
  '',
  '3',
  'x\0y',
  [],
  {},
  [null],
  [undefined],
  [{}],
  [''],
  [[]],
  () => 1,
  Symbol('s'),
  3n,
  true,
]
const shells = [
  Object.create(null),
  { data: null, shape: null },
  { tokens: null },
  { embeddings: null },
  { pixels: null },
  new Map(),
  new Float32Array(3),
]
const special = [
  ...numbers,
  ...odd,
  ...shells,
  { length: 2 },
  { then: 1 },
  new Date(NaN),
  Float32Array.of(NaN, Infinity),
]
const junk = fc.oneof(
  { weight: 3, arbitrary: fc.constantFrom(...special) },
  {
    weight: 2,
    arbitrary: fc.anything({
      values: [fc.boolean(), fc.integer({ min: -9, max: 9 }), fc.double(), fc.string(), fc.constant(null), fc.bigInt()],
      ...{
        withBigInt: true,
        withDate: true,
        withMap: true,
        withSet: true,
        withNullPrototype: true,
        withTypedArray: true,
      },
    }),
  },
)
const noPath = junk.filter((value) => typeof value !== 'string' || value === '' || value.includes('\0'))

/** A description of the failure; undefined if the call succeeded or refused correctly. */
async function outcome(call: (...args: never[]) => unknown, args: readonly unknown[]): Promise<string | undefined> {
  let timer
  const late = new Promise<string>((resolve) => {
    timer = setTimeout(() => resolve('no answer within 30 s'), 30_000)
  })
  const answer = (async () => {
    try {
      await call(...(args as never[]))
    } catch (error) {
      if (error instanceof DreamLIPError) return error.message.length > 2100 ? 'a message without end' : undefined
      return error instanceof Error ? error.stack : `${typeof error} thrown`
    }
    return undefined
  })()
  const found = await Promise.race([answer, late])
  clearTimeout(timer)
  return found
}

/** Each argument and option is also tested with `null`, which default values do not replace. */
const runs: fc.Parameters<[unknown]> = {
  numRuns: Number(process.env.JUNK_RUNS ?? 40),
  endOnFailure: true,
  examples: [[null]],
}

it('every public function is among the cases', () => {
  const named = Object.keys(cases).flatMap((name) => name.split(/[. ]/))
  const functions = Object.entries(dreamlip).filter(([, value]) => typeof value === 'function')
  const missing = functions.map(([name]) => name).filter((name) => !named.includes(name) && !withoutArguments.has(name))
  expect(missing).toEqual([])
})

describe.each(Object.entries(cases))('%s', (_, { call, args, options = [], paths = [] }) => {
  it('works with the arguments that the junk replaces', async () => {
    const plainly = await outcome(call, args())
    expect(plainly).toBeUndefined()
  })

  it.each(args().map((_, i) => i))('refuses junk as argument %d', async (i) => {
    await fc.assert(
      fc.asyncProperty(paths.includes(i) ? noPath : junk, async (value) => {
        const given = args().map((valid, at) => (at === i ? value : valid))
        expect(await outcome(call, given)).toBeUndefined()
      }),
      runs,
    )
  })

  it.skipIf(options.length === 0).each(options)('refuses junk as option %s', async (option) => {
    await fc.assert(
      fc.asyncProperty(option === 'folder' ? noPath : junk, async (value) => {
        const given = args()
        const last = { ...(given.at(-1) as object), [option]: value }
        expect(await outcome(call, [...given.slice(0, -1), last])).toBeUndefined()
      }),
      runs,
    )
  })
})

/** `dreamlip train`: runs the training that a JSON file describes. */
import type { Command } from 'commander'
import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { DreamLIP, dreamLIPLoss, LongCaptionDataset, Trainer } from '../../index.node.ts'
import type { ConfigInput, FitResult, SkippedSample } from '../../index.node.ts'
import { withCheckpoint } from '../model'
import { readRunConfig, type RunConfig } from '../run-config'
import { createVerb, refuseUsage, type Answer, type Answering, type Context } from '../verb'

interface TrainOptions {
  readonly json?: boolean
  readonly config: string
  readonly resume?: boolean
}

const examples = `
dreamlip train --config run.json
dreamlip train --config run.json --resume

run.json contains, for example (docs/training.md lists every option):
{ "model": "vitb16.pt", "data": "photos", "out": "runs/photos", "epochs": 5,
  "texts": { "count": 3 }, "batchSize": 8, "schedule": { "learningRate": 1e-5 } }`

/** At most this many of the samples that are left out are named. All are counted. */
const mostNamed = 5

export function trainCommand(answer: Answering): Command {
  return createVerb('train', 'fine-tune a model on images with captions', examples)
    .requiredOption('-c, --config <file>', 'JSON file that describes the run')
    .option('--resume', 'continue from the newest checkpoint of the run')
    .action((options: TrainOptions) => answer(options, (context) => train(options, context)))
}

async function train(options: TrainOptions, context: Context): Promise<Answer> {
  const config = await readRunConfig(options.config)
  const { out } = config
  const begun = existsSync(out) && readdirSync(out).some((name) => /^step-\d+\.pt$/.test(name))
  if (begun && !options.resume) {
    refuseUsage(`${out} already contains a run: use --resume to continue it, or choose another "out".`)
  }
  if (options.resume && !begun)
    context.note(`${out} contains no checkpoint to continue from: the run starts at its first step.`)
  const dataset = await openData(config.data, context)
  return withTrainable(config, context, async (model) => {
    const result = await fit(model, dataset, config, options, context)
    const saved = join(out, 'model.safetensors')
    await model.save(saved)
    const { position: _position, averages: _averages, stepsTaken, loss, ...counts } = result
    if (stepsTaken === 0) context.note(`${out}: the run is already finished, after ${result.step} steps.`)
    return {
      json: { model: saved, ...counts, ...(Number.isFinite(loss) && { loss }), device: model.device.name },
      text: `${saved}: ${result.step} steps${describeLoss(result)}${describeSkipped(result)}`,
    }
  })
}

async function openData({ source, ...options }: RunConfig['data'], { signal, onProgress, note }: Context) {
  const onIndex = (_: string, done: number) => onProgress({ stage: 'index', done })
  const dataset = await LongCaptionDataset.open(source, { ...options, signal, onIndex })
  dataset.guesses.forEach(note)
  return dataset
}

async function fit(
  model: DreamLIP,
  dataset: LongCaptionDataset,
  { loader, trainer, loss, out, steps, epochs }: RunConfig,
  { resume, json }: TrainOptions,
  { signal, note }: Context,
): Promise<FitResult> {
  const data = dataset.loader({
    ...loader,
    ...model.preprocessing,
    imageSize: model.config.vision.imageSize,
    contextLength: model.config.text.contextLength,
  })
  const run = new Trainer({ ...trainer, model, data, loss: dreamLIPLoss(loss), folder: out, progress: !json })
  let named = 0
  const onSkip = ({ sample, reason }: SkippedSample) => {
    if (named++ < mostNamed) note(`left out ${sample}: ${reason}`)
  }
  return run.fit({ steps, epochs, resume, signal, onSkip, onWarning: note })
}

/** The checkpoint that the run begins with, or a new model of the config that it names. */
async function withTrainable<T>(
  { model: { source, ...options }, trainer }: RunConfig,
  context: Context,
  work: (model: DreamLIP) => Promise<T>,
): Promise<T> {
  if (source !== undefined) return withCheckpoint(source, options, context, work)
  const { config, device, runtime, optimize } = options
  const fresh = await DreamLIP.create(config as ConfigInput, { device, runtime, optimize, seed: trainer.seed })
  try {
    return await work(fresh)
  } finally {
    fresh.dispose()
  }
}

/** The checkpoint of an earlier version does not contain the loss. */
function describeLoss({ loss, stepsTaken }: FitResult): string {
  return stepsTaken === 0 && Number.isNaN(loss) ? '' : `, loss ${loss.toFixed(3)}`
}

function describeSkipped({ skippedSamples, skippedSteps }: FitResult): string {
  const samples = skippedSamples > 0 ? `, ${skippedSamples} samples left out` : ''
  return samples + (skippedSteps > 0 ? `, ${skippedSteps} steps without a usable gradient` : '')
}

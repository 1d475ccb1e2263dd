/** `dreamlip train`: runs the training that a JSON file describes. */
import type { Command } from 'commander'
import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { DreamLIP, dreamLIPLoss, heldOutRetrieval, LongCaptionDataset, Trainer } from '../../index.node.ts'
import type { ConfigInput, FitResult, HeldOutRetrieval, SkippedSample } from '../../index.node.ts'
import { plural } from '../../plural'
import { describeDiskUse } from '../disk-space'
import { embedded, withCheckpoint } from '../model'
import type { RunData } from '../run-json/entries'
import { readRun, type Run } from '../run-json/read-run'
import { createVerb, refuseUsage, type Answer, type Answering, type Context } from '../verb'

interface TrainOptions {
  readonly json?: boolean
  readonly config: string
  readonly resume?: boolean
  readonly continueFrom?: string
}

const examples = `
dreamlip train --config run.json
dreamlip train --config run.json --resume
dreamlip train --config run.json --continue-from logs/clip/checkpoints/epoch_3.pt

run.json contains, for example (docs/run-json.md lists every entry):
{ "model": "vitb16.pt", "data": "photos", "evaluate": "held-out", "out": "runs/photos", "epochs": 5,
  "texts": { "count": 3 }, "batchSize": 8, "schedule": { "learningRate": 1e-5 } }
Its paths start from its own folder.`

/** The maximum number of left-out samples to name. All are counted. */
const mostNamed = 5

export function trainCommand(answer: Answering): Command {
  return createVerb('train', 'fine-tune a model on images with captions', examples)
    .requiredOption('-c, --config <file>', 'JSON file that describes the run')
    .option('--resume', 'continue from the newest checkpoint of the run')
    .option(
      '--continue-from <pt>',
      "continue the training of another program, from open_clip's checkpoint with its optimizer",
    )
    .action((options: TrainOptions) => answer(options, (context) => train(options, context)))
}

async function train(options: TrainOptions, context: Context): Promise<Answer> {
  const run = await readRun(options.config)
  checkFolder(run, options, context)
  const dataset = await openData(run.data, context)
  const evaluate = run.evaluate && (await openHeldOut(run.evaluate, context))
  return withTrainable(run, options, context, async (model) => {
    const result = await fit(createTrainer(model, dataset, run, evaluate, options), run, options, context)
    const saved = join(run.out, 'model.safetensors')
    await model.save(saved)
    const { position: _position, averages: _averages, stepsTaken, loss, ...counts } = result
    if (stepsTaken === 0) context.note(`${run.out}: the run is already finished, after ${plural(result.step, 'step')}.`)
    return {
      json: { model: saved, ...counts, ...(Number.isFinite(loss) && { loss }), device: model.device.name },
      text: `${saved}: ${plural(result.step, 'step')}${describeLoss(result)}${describeSkipped(result)}${describeBest(result)}`,
    }
  })
}

function checkFolder({ out }: Run, { resume, continueFrom }: TrainOptions, { note }: Context): void {
  const names = existsSync(out) ? readdirSync(out) : []
  const hasCheckpoint = names.some((name) => /^step-\d+\.pt$/.test(name))
  if (!resume && (hasCheckpoint || names.includes('best.safetensors'))) {
    refuseUsage(`${out} already contains a run: use --resume to continue it, or choose another "out".`)
  }
  if (resume && !hasCheckpoint) {
    const start = continueFrom === undefined ? 'starts at its first step' : `continues from ${continueFrom}`
    note(`${out} contains no checkpoint to continue from: the run ${start}.`)
  }
}

async function openData({ source, ...options }: RunData, { signal, onProgress, note }: Context) {
  const onIndex = (_: string, done: number) => onProgress({ stage: 'index', done })
  const dataset = await LongCaptionDataset.open(source, { ...options, signal, onIndex })
  dataset.guesses.forEach(note)
  return dataset
}

async function openHeldOut(data: RunData, context: Context): Promise<HeldOutRetrieval> {
  const { signal, note } = context
  return heldOutRetrieval(await openData(data, context), {
    signal,
    onSkip: nameSome(note, 'left out of the evaluation'),
  })
}

function createTrainer(
  model: DreamLIP,
  dataset: LongCaptionDataset,
  { loader, trainer, loss, out }: Run,
  evaluate: HeldOutRetrieval | undefined,
  { json }: TrainOptions,
): Trainer {
  const data = dataset.loader({
    ...loader,
    ...model.preprocessing,
    imageSize: model.config.vision.imageSize,
    contextLength: model.config.text.contextLength,
  })
  return new Trainer({
    ...trainer,
    model,
    data,
    evaluate,
    loss: typeof loss === 'object' ? dreamLIPLoss(loss) : loss,
    folder: out,
    progress: !json,
  })
}

async function fit(
  trainer: Trainer,
  { out, steps, epochs }: Run,
  { resume, continueFrom }: TrainOptions,
  { signal, note }: Context,
): Promise<FitResult> {
  note(describeDiskUse(out, (await trainer.diskUse({ steps, epochs }))!))
  return trainer.fit({
    ...{ steps, epochs, resume, continueFrom, signal, onWarning: note },
    onSkip: nameSome(note, 'left out'),
    onEvaluate: (values, step) => note(`after ${plural(step, 'step')}: ${describeEvaluation(values)}`),
  })
}

/** Names the first few samples that are left out. */
function nameSome(note: Context['note'], what: string): (skipped: SkippedSample) => void {
  let named = 0
  return ({ sample, reason }) => {
    if (named++ < mostNamed) note(`${what}: ${sample}: ${reason}`)
  }
}

/** Loads the checkpoint from which the run starts or continues, or creates a new model from its config. */
async function withTrainable<T>(
  { model: { source, ...options }, isNew, trainer }: Run,
  { continueFrom }: TrainOptions,
  context: Context,
  work: (model: DreamLIP) => Promise<T>,
): Promise<T> {
  if (!isNew) return withCheckpoint(source ?? continueFrom ?? embedded, options, context, work)
  const { config, device, runtime, optimize, threads } = options
  const how = { device, runtime, optimize, threads, seed: trainer.seed }
  const fresh = await DreamLIP.create(config as ConfigInput, how)
  try {
    return await work(fresh)
  } finally {
    fresh.dispose()
  }
}

function describeEvaluation(values: Readonly<Record<string, number>>): string {
  return Object.entries(values)
    .map(([name, value]) => `${name} ${value.toFixed(3)}`)
    .join(', ')
}

/** Checkpoints from an earlier version do not contain the loss. */
function describeLoss({ loss, stepsTaken }: FitResult): string {
  return stepsTaken === 0 && Number.isNaN(loss) ? '' : `, loss ${loss.toFixed(3)}`
}

function describeSkipped({ skippedSamples, skippedSteps }: FitResult): string {
  const samples = skippedSamples > 0 ? `, ${plural(skippedSamples, 'sample')} left out` : ''
  return samples + (skippedSteps > 0 ? `, ${plural(skippedSteps, 'step')} without a usable gradient` : '')
}

function describeBest({ best }: FitResult): string {
  if (!best) return ''
  return `\n${best.path}: the best model, ${best.metric} ${best.value.toFixed(3)} after ${plural(best.step, 'step')}`
}

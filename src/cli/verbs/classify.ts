/** `dreamlip classify`: the most likely label for each image. */
import { Option, type Command } from 'commander'
import { buildZeroShotClassifier, imageNetTemplates, type Classification, type LongTexts } from '../../index.node.ts'
import { listInputs, readLines } from '../inputs'
import { createModelVerb, longOption, withModel, type ModelOptions } from '../model'
import { withReadableImages } from '../readable-images'
import { collect, parseCount, refuseUsage, type Answer, type Answering, type Context } from '../verb'

interface ClassifyOptions extends ModelOptions {
  readonly labels?: string
  readonly labelsFile?: string
  readonly template?: readonly string[]
  readonly imagenetTemplates?: boolean
  readonly top: number
  readonly skipBroken?: boolean
  readonly long?: LongTexts
}

const examples = `
dreamlip classify -m vitb16.pt photo.jpg --labels cat,dog,'red bus'
dreamlip classify -m vitb16.pt photos/ --labels-file labels.txt --imagenet-templates --top 3
dreamlip classify -m vitb16.pt photo.jpg --labels day,night --template 'a photo taken at {}.' --json`

export function classifyCommand(answer: Answering): Command {
  return createModelVerb('classify', 'find the most likely of your labels for each image (zero-shot)', examples)
    .argument('<images...>', 'files, folders, patterns, URLs; - reads them from standard input, one per line')
    .option('-l, --labels <names>', 'labels, separated by commas')
    .option('--labels-file <file>', 'labels, one per line')
    .option(
      '--template <prompt>',
      "prompt with {} for the label; several are averaged (default: 'a photo of a {}.')",
      collect,
    )
    .addOption(new Option('--imagenet-templates', "average the 80 prompts of CLIP's authors").conflicts('template'))
    .option('--top <n>', 'how many labels to show per image', parseCount, 5)
    .addOption(longOption())
    .option('--skip-broken', 'leave out images that cannot be read, and name them')
    .action((inputs: string[], options: ClassifyOptions) =>
      answer(options, (context) => classify(inputs, options, context)),
    )
}

async function classify(inputs: readonly string[], options: ClassifyOptions, context: Context): Promise<Answer> {
  const { batchSize, top: topK, template, imagenetTemplates, long } = options
  const { signal } = context
  const labels = await readLabels(options, signal)
  const images = await listInputs(inputs, context)
  return withModel(options, context, async (model) => {
    const classifier = await buildZeroShotClassifier(model, labels, {
      templates: imagenetTemplates ? imageNetTemplates : template,
      long,
      batchSize,
      signal,
      onProgress: context.onProgress,
    })
    const { cutLabels = [] } = classifier
    if (cutLabels.length > 0) {
      const names = `${cutLabels.slice(0, 5).join(', ')}${cutLabels.length > 5 ? ` and ${cutLabels.length - 5} more` : ''}`
      context.note(`prompts longer than ${model.config.text.contextLength} tokens were cut, of these labels: ${names}.`)
    }
    const read = await withReadableImages(images, options, context, (group, onProgress) =>
      model.classify(group, classifier, { topK, batchSize, signal, onProgress }),
    )
    const classified = read.images.map((image, i) => ({ image, labels: read.results[i]! }))
    return {
      json: { model: options.model, device: model.device.name, images: classified, skipped: read.skipped },
      text: classified.map(({ image, labels }) => renderLabels(image, labels)).join('\n\n'),
    }
  })
}

async function readLabels({ labels, labelsFile }: ClassifyOptions, signal: AbortSignal): Promise<string[]> {
  const named = labels?.split(',') ?? []
  const listed = labelsFile === undefined ? [] : await readLines(labelsFile, signal)
  const all = [...named, ...listed].map((label) => label.trim()).filter((label) => label !== '')
  return all.length > 0 ? all : refuseUsage('give labels: --labels cat,dog or --labels-file FILE.')
}

const barWidth = 30

/** The image's name, and a line with a bar for each label. */
function renderLabels(image: string, labels: readonly Classification[]): string {
  const width = Math.max(...labels.map(({ label }) => label.length))
  const lines = labels.map(({ label, score }) => {
    const percent = `${(100 * score).toFixed(1).padStart(5)} %`
    return `  ${label.padEnd(width)}  ${percent}  ${'█'.repeat(Math.round(barWidth * score))}`.trimEnd()
  })
  return [image, ...lines].join('\n')
}

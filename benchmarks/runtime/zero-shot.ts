/** Prompts per second when building a zero-shot classifier for ImageNet, compared with open_clip. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { buildZeroShotClassifier, DreamLIP, imageNetTemplates } from '../../src/index'
import { median, pythonHas, runPeer } from '../python'
import { checkAgreement, measureOpenCLIP } from './text-peers'

const rounds = 3

/** open_clip always computes 77 tokens, so a few classes are enough to measure its speed. */
const openCLIPClasses = 3

/** A quarter of the 1,000 classes on our side, a few on theirs, both with all 80 templates, in turn. */
export async function zeroShotBenchmark(): Promise<void> {
  console.log('runtime-zero-shot: ViT-B/16, classifier of 1,000 classes × 80 prompts')
  if (!(await pythonHas(['open_clip_import', 'safetensors']))) return
  const folder = mkdtempSync(join(tmpdir(), 'dreamlip-'))
  const weights = join(folder, 'weights.safetensors')
  try {
    const labels = await runPeer<string[]>('runtime/class_names', [])
    const model = await DreamLIP.create('ViT-B-16', { seed: 1, device: 'cpu' })
    await model.save(weights)
    const build = async (some: readonly string[]) => {
      const start = performance.now()
      await buildZeroShotClassifier(model, some, { templates: imageNetTemplates })
      return (performance.now() - start) / 1000
    }
    const promptsOfFew = labels
      .slice(0, openCLIPClasses)
      .flatMap((label) => imageNetTemplates.map((template) => template.replace('{}', () => label)))
    const { data } = await model.encodeText(promptsOfFew)
    const ours: number[] = []
    const theirs: number[] = []
    const quarter = labels.filter((_, i) => i % 4 === 0)
    for (let round = 0; round < rounds; round++) {
      ours.push((quarter.length * imageNetTemplates.length) / (await build(quarter)))
      const { perSecond, embeddings } = await measureOpenCLIP(weights, promptsOfFew)
      checkAgreement('open_clip', data, embeddings, model.config.embedDim)
      theirs.push(perSecond)
    }
    const prompts = labels.length * imageNetTemplates.length
    const report = (name: string, speed: number, measured: number) =>
      console.log(
        `  ${name}   ${speed.toFixed(0)} prompts/s on ${measured} prompts: ` +
          `${(prompts / speed).toFixed(0)} s for all ${prompts}, extrapolated`,
      )
    report('dreamlip ', median(ours), quarter.length * imageNetTemplates.length)
    report('open_clip', median(theirs), promptsOfFew.length)
    console.log(`  ratio       ${median(ours.map((speed, i) => speed / theirs[i]!)).toFixed(2)}`)
    model.dispose()
  } finally {
    rmSync(folder, { recursive: true })
  }
}

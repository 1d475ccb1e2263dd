/** `dreamlip check`: whether a device computes correctly. */
import type { Command } from 'commander'
import type { Deviation, SelfCheck } from '../../index.node.ts'
import { createModelVerb, withModel, type ModelOptions } from '../model'
import type { Answer, Answering, Context } from '../verb'

const examples = `
dreamlip check -m vitb16.pt
dreamlip check -m vitb16.pt --device webgpu --json | jq .ok`

export function checkCommand(answer: Answering): Command {
  return createModelVerb('check', 'compare the embeddings of a device with those of a plain CPU', examples).action(
    (options: ModelOptions) => answer(options, (context) => check(options, context)),
  )
}

/** A device that fails is a result, not an error. Scripts see it in the exit code. */
async function check(options: ModelOptions, context: Context): Promise<Answer> {
  const found = await withModel(options, context, (model) => model.selfCheck(context))
  if (!found.ok) process.exitCode = 1
  return { json: { model: options.model, dtype: options.dtype, ...found }, text: render(found) }
}

function render({ ok, image, text, required, device, reference, seconds }: SelfCheck): string {
  return [
    `${ok ? 'ok' : 'WRONG'}: ${device.name} (${device.runtime}, ${device.backend}) compared with ${reference.name} (${reference.backend})`,
    `  images  ${renderDeviation(image)}`,
    `  texts   ${renderDeviation(text)}`,
    `  cosines of at least ${required} count as equal; checked in ${seconds.toFixed(1)} s`,
    ...(ok ? [] : ['  Embeddings from this device cannot be trusted: choose another (--device).']),
  ].join('\n')
}

function renderDeviation({ cosine, largestDifference }: Deviation): string {
  return `cosine ${cosine.toFixed(7)}, values differ by up to ${largestDifference.toExponential(1)}`
}

/** `dreamlip check`: describes this machine, and tests whether a device computes correctly. */
import type { Command } from 'commander'
import { describeMachine, DreamLIPError, type Deviation, type SelfCheck } from '../../index.node.ts'
import { renderMachine } from '../machine-report'
import { createModelVerb, withModel, type ModelOptions } from '../model'
import type { Answer, Answering, Context } from '../verb'

const examples = `
dreamlip check
dreamlip check -m vitb16.pt --device webgpu --json | jq .ok`

export function checkCommand(answer: Answering): Command {
  return createModelVerb(
    'check',
    'describe this machine, and compare the embeddings of a device with those of a plain CPU',
    examples,
  ).action((options: ModelOptions) => answer(options, (context) => check(options, context)))
}

/** Always describes the machine. A failing device is a valid result, with an exit code for scripts. */
async function check(options: ModelOptions, context: Context): Promise<Answer> {
  const machine = await describeMachine()
  const { model, dtype } = options
  const found = await compare(options, context)
  if (!found.ok) process.exitCode = 1
  const words = 'error' in found ? `FAILED: ${found.error.message}` : render(found)
  return { json: { model, dtype, ...found, machine }, text: `${words}\n\n${renderMachine(machine)}` }
}

interface Failed {
  readonly ok: false
  readonly error: Pick<DreamLIPError, 'code' | 'message'>
}

async function compare(options: ModelOptions, context: Context): Promise<SelfCheck | Failed> {
  try {
    return await withModel(options, context, (model) =>
      model.selfCheck({ signal: context.signal, onProgress: context.onProgress }),
    )
  } catch (error) {
    if (context.signal.aborted || !(error instanceof DreamLIPError)) throw error
    return { ok: false, error: { code: error.code, message: error.message } }
  }
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

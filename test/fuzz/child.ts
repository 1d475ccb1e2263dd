/** The process in which cases run. It may hang, grow or die; its parent watches it. */
import { rmSync, writeFileSync } from 'node:fs'
import { DreamLIPError } from '../../src/errors'
import type { Format } from './corpus'
import { checkMessage, readFile, ways } from './read-file'

export interface Task {
  readonly format: Format
  readonly path: string
  readonly bytes: Uint8Array
}

/** The outcome of a case; `fault` is a message. */
export type Answer =
  | { readonly outcome: 'opens'; readonly hash: string }
  | { readonly outcome: 'refused'; readonly code: string }
  | { readonly outcome: 'fault'; readonly fault: string }

let unawaited: string | undefined
const note = (error: unknown) => void (unawaited ??= String(error))
process.on('unhandledRejection', note)
process.on('uncaughtException', note)

process.on('message', (task: Task) => {
  void run(task).then((answer) => process.send!(answer))
})

async function run({ format, path, bytes }: Task): Promise<Answer> {
  unawaited = undefined
  writeFileSync(path, bytes)
  const answer = await once({ format, path, bytes }, ways[0])
  const again = answer.outcome === 'fault' ? answer : await once({ format, path, bytes }, ways[1])
  // An unhandled rejection is reported in the next turn of the event loop.
  await new Promise((resolve) => setImmediate(resolve))
  rmSync(path, { force: true })
  rmSync(`${path}.dreamlip-index`, { force: true })
  if (unawaited !== undefined) return { outcome: 'fault', fault: `a rejection that nobody awaits: ${unawaited}` }
  if (JSON.stringify(again) === JSON.stringify(answer)) return answer
  if (again.outcome === 'fault') return again
  const told = [answer, again].map((each) => (each.outcome === 'refused' ? each.code : each.outcome))
  return { outcome: 'fault', fault: `read ${ways.join(' and ')} it gives two results: ${told.join(', ')}` }
}

async function once({ format, path, bytes }: Task, way: (typeof ways)[number]): Promise<Answer> {
  try {
    return { outcome: 'opens', hash: await readFile(format, path, new Uint8Array(bytes), way) }
  } catch (error) {
    if (!(error instanceof DreamLIPError)) {
      return {
        outcome: 'fault',
        fault: `an error without a type: ${error instanceof Error ? error.stack : String(error)}`,
      }
    }
    try {
      checkMessage(error.message)
    } catch (tooLong) {
      return { outcome: 'fault', fault: (tooLong as Error).message }
    }
    return { outcome: 'refused', code: error.code }
  }
}

process.send!({ outcome: 'refused', code: 'ready' } satisfies Answer)

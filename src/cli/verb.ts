/** The parts shared by all verbs of the command: their context, their result, and the refusal of wrong usage. */
import { Command, CommanderError, InvalidArgumentError } from 'commander'

/** The progress of a long step; `total` is missing if it is unknown. */
export interface Step {
  readonly stage: string
  readonly done: number
  readonly total?: number
}

/** The context of a verb, in addition to its own arguments. */
export interface Context {
  /** Aborted when the user interrupts. */
  readonly signal: AbortSignal
  readonly onProgress: (step: Step) => void
  /** Prints a message that is not part of the result, on standard error. */
  readonly note: (message: string) => void
  /** Prints the result of a verb that continues to run afterwards. */
  readonly print: (answer: Answer) => void
}

/** The result of a verb: a document for programs, and the same as text for people. */
export interface Answer {
  readonly json: object
  readonly text: string
  /** Printed unchanged instead of the text: paths for other programs, and pictures. */
  readonly raw?: string
}

/** Runs a verb's work and prints its result, unless the work has printed it. */
export type Answering = (
  options: { readonly json?: boolean },
  work: (context: Context) => Promise<Answer | void>,
) => Promise<void>

/** A verb with the option that all verbs have. `examples` are shown at the end of its help. */
export function createVerb(name: string, description: string, examples: string): Command {
  return new Command(name)
    .description(description)
    .option('--json', 'print one JSON document and nothing else')
    .addHelpText('after', `\nExamples:\n${examples.trim().replace(/^/gm, '  ')}`)
}

/** Ends the command with exit code 2, and points to the help. */
export function refuseUsage(message: string): never {
  throw new CommanderError(2, 'USAGE', message)
}

/** For options that may be given several times. */
export function collect(value: string, before: readonly string[] = []): string[] {
  return [...before, value]
}

/** For options that take a whole number of at least 1. */
export function parseCount(value: string): number {
  return parseWhole(value, 1)
}

/** For options that take a whole number: only decimal digits, no `1e3`, no `0x10`, no spaces. */
export function parseWhole(value: string, least: number): number {
  const count = /^\d+$/.test(value) ? Number(value) : NaN
  if (Number.isSafeInteger(count) && count >= least) return count
  throw new InvalidArgumentError(`Expected a whole number of at least ${least}.`)
}

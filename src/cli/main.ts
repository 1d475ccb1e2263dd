#!/usr/bin/env node
/** The `dreamlip` command: reads the arguments, runs a verb, prints its result, and sets the exit code. */
import { Command, CommanderError } from 'commander'
import { version } from '../../package.json'
import { DreamLIPError } from '../errors'
import { checkCommand } from './verbs/check'
import { classifyCommand } from './verbs/classify'
import { convertCommand } from './verbs/models/convert'
import { dataCommand } from './verbs/data'
import { downloadCommand } from './verbs/models/download'
import { modelsCommand } from './verbs/models/models'
import { evalCommand } from './verbs/eval'
import { embedCommand } from './verbs/embed'
import { exportCommand } from './verbs/models/export'
import { groundCommand } from './verbs/ground'
import { indexCommand } from './verbs/search/index-images'
import { inspectCommand } from './verbs/models/inspect'
import { oneLine, printable, shorten } from '../printable'
import { createProgressBar, eraseLine } from './progress'
import { searchCommand } from './verbs/search/search'
import { serveCommand } from './verbs/search/serve'
import { trainCommand } from './verbs/train'
import { workCommand } from './verbs/bulk/work'
import type { Answer, Answering } from './verb'

/** 0 means success. */
const exitCodes = { failed: 1, usage: 2, interrupted: 130 } as const

const interruption = new AbortController()
const bar = createProgressBar(process.stderr)

const answer: Answering = async ({ json }, work) => {
  const print = ({ json: document, text, raw }: Answer) => {
    bar.clear()
    process.stdout.write(json ? `${JSON.stringify(document)}\n` : (raw ?? `${printable(text)}\n`))
  }
  const result = await work({
    signal: interruption.signal,
    onProgress: bar.show,
    note(message) {
      bar.clear()
      // The bar of a training run may be on this line.
      process.stderr.write(`${process.stderr.isTTY ? eraseLine : ''}dreamlip: ${printable(message)}\n`)
    },
    print,
  })
  if (result) print(result)
}

function createProgram(): Command {
  const program = new Command('dreamlip')
    .description(
      'Image and text embeddings, zero-shot labels and phrase grounding with DreamLIP and other CLIP models.',
    )
    .version(version)
    .exitOverride()
    .configureOutput({ outputError: () => undefined }) // `report` prints errors
  const verbs = [
    embedCommand,
    classifyCommand,
    groundCommand,
    indexCommand,
    inspectCommand,
    convertCommand,
    exportCommand,
    downloadCommand,
    modelsCommand,
    checkCommand,
    searchCommand,
    serveCommand,
    trainCommand,
    dataCommand,
    workCommand,
    evalCommand,
  ]
  for (const verb of verbs) {
    const command = verb(answer).copyInheritedSettings(program)
    command.commands.forEach((part) => part.copyInheritedSettings(program))
    program.addCommand(command)
  }
  return program.addHelpText(
    'after',
    `
You can set DREAMLIP_MODEL instead of --model. Without either, commands use a small model that knows only drawn emoji.
Exit codes: 0 done, 1 failed, 2 wrong usage, 130 interrupted.

Examples:
  dreamlip classify --model vitb16.pt photo.jpg --labels cat,dog
  dreamlip embed --model vitb16.pt photos/ --out photos.npy
  dreamlip ground --model vitb16.pt street.jpg --text 'A red bus waits. Two people cross.' --out maps`,
  )
}

/** Prints an error, without a stack trace, and returns the exit code. */
function report(error: unknown): number {
  bar.clear()
  const { code, message, exitCode } = explain(error)
  if (exitCode === 0) return 0
  // The arguments are not parsed here, because they may be the cause of the error.
  if (process.argv.includes('--json')) process.stdout.write(`${JSON.stringify({ error: { code, message } })}\n`)
  else if (message !== '') process.stderr.write(`dreamlip: ${printable(message)}\n`)
  if (process.env.DREAMLIP_DEBUG) console.error(error)
  return exitCode
}

function explain(error: unknown): { code: string; message: string; exitCode: number } {
  if (interruption.signal.aborted) {
    return { code: 'INTERRUPTED', message: 'interrupted.', exitCode: exitCodes.interrupted }
  }
  if (error instanceof CommanderError) {
    // Without a verb, commander prints the help, and no message is needed.
    const message =
      error.code === 'commander.help' ? '' : `${inShort(error.message.replace(/^error: /, ''))} (See --help.)`
    return { code: 'USAGE', message, exitCode: error.exitCode === 0 ? 0 : exitCodes.usage }
  }
  const message = inShort(error instanceof Error ? error.message : String(error))
  return error instanceof DreamLIPError
    ? { code: error.code, message, exitCode: exitCodes.failed }
    : { code: 'INTERNAL', message: `${message} (DREAMLIP_DEBUG=1 shows the stack trace.)`, exitCode: exitCodes.failed }
}

/** One line that fits on a screen, whatever the message. */
function inShort(message: string): string {
  return shorten(oneLine(message), 2000)
}

// Messages of libraries must not mix with the result on standard output.
Object.assign(console, { log: console.error, info: console.error })

// A reader that stops early (`| head`) is not a failure.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit()
  throw error
})

// The first interrupt lets the command stop cleanly. A second one ends the process at once.
const signals = ['SIGINT', 'SIGTERM'] as const
const interrupt = () => {
  // Without these handlers, a second signal ends the process, even if the event loop is blocked.
  for (const signal of signals) process.removeListener(signal, interrupt)
  interruption.abort()
}
for (const signal of signals) process.on(signal, interrupt)
// Emitted when the process that started this one as a worker ends.
process.once('disconnect', interrupt)
process.channel?.unref()

try {
  await createProgram().parseAsync()
} catch (error) {
  process.exitCode = report(error)
}

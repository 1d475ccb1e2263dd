/** Kills a command at random moments, runs it again until it ends, and compares its files with those of an uninterrupted run. */
import type { ChildProcess } from 'node:child_process'
import { mkdirSync, rmSync, watch } from 'node:fs'
import { join } from 'node:path'
import { isDeepStrictEqual } from 'node:util'
import type { Random } from '../../src/random'
import { outcomeOf, start } from '../cli/command'
import type { Verb } from './verbs'

/** The result. */
export interface Tally {
  kills: number
  /** Kills after the command had started to write. */
  whileWriting: number
  /** Runs that ended. */
  finished: number
  /** Descriptions of problems; empty if there are none. */
  readonly faults: string[]
}

/** The number of kills in one folder before a command may end. */
const mostKillsInARow = 5

/** Limits the number of tries if a command ends before it is killed. */
const triesPerKill = 6

interface Times {
  /** Milliseconds from the start to the first change in the folder, and from there to the end. */
  readonly before: number
  readonly writing: number
}

export async function killAndResume(verb: Verb, folder: string, kills: number, random: Random): Promise<Tally> {
  const whole = makeFolder(verb, join(folder, 'whole'))
  const { outcome, times } = await runOnce(verb, whole, false)
  if (outcome.code !== 0) throw new Error(`the unbroken run fails: ${outcome.stderr}`)
  const expected = verb.result(whole)
  const tally: Tally = { kills: 0, whileWriting: 0, finished: 0, faults: [] }
  for (let round = 0; tally.kills < kills && round < kills * triesPerKill; round++) {
    const broken = makeFolder(verb, join(folder, `broken-${round}`))
    const before = tally.faults.length
    await breakOnce(verb, broken, {
      expected,
      times,
      kills: Math.min(mostKillsInARow, kills - tally.kills),
      random,
      tally,
    })
    if (tally.faults.length === before) rmSync(broken, { recursive: true })
  }
  if (tally.kills < kills) tally.faults.push(`only ${tally.kills} of ${kills} kills came in time`)
  return tally
}

interface Plan {
  readonly expected: object
  readonly times: Times
  readonly kills: number
  readonly random: Random
  readonly tally: Tally
}

async function breakOnce(verb: Verb, folder: string, { expected, times, kills, random, tally }: Plan): Promise<void> {
  for (let run = 0; ; run++) {
    // A quarter at any moment, the others after it starts to write.
    const anyTime = random.uniform() < 0.25
    const delay = random.uniform() * (anyTime ? times.before + times.writing : times.writing)
    const kill = run < kills ? { anyTime, delay } : undefined
    const { outcome, wrote } = await runOnce(verb, folder, run > 0, kill)
    if (outcome.code === null) {
      tally.kills++
      if (wrote) tally.whileWriting++
      told(tally, folder, () => verb.check?.(folder))
      continue
    }
    if (outcome.code !== 0) tally.faults.push(`${folder}: exit code ${outcome.code}: ${outcome.stderr.slice(0, 500)}`)
    else {
      tally.finished++
      told(tally, folder, () => compare(verb.result(folder), expected))
    }
    return
  }
}

function told(tally: Tally, folder: string, check: () => void): void {
  try {
    check()
  } catch (error) {
    tally.faults.push(`${folder}: ${(error as Error).message}`)
  }
}

function compare(found: object, expected: object): void {
  if (isDeepStrictEqual(found, expected)) return
  const names = new Set([...Object.keys(found), ...Object.keys(expected)])
  const of = (value: object, name: string) => (value as Record<string, unknown>)[name]
  const differing = [...names].filter((name) => !isDeepStrictEqual(of(found, name), of(expected, name)))
  const shown = differing.map(
    (name) => `${name}: ${JSON.stringify(of(found, name))} for ${JSON.stringify(of(expected, name))}`,
  )
  throw new Error(`differs from the unbroken run in ${shown.join('; ').slice(0, 1000)}`)
}

function makeFolder(verb: Verb, folder: string): string {
  mkdirSync(folder, { recursive: true })
  verb.prepare?.(folder)
  return folder
}

/** @param kill after this many milliseconds, from its start or from its first change in the folder */
async function runOnce(verb: Verb, folder: string, again: boolean, kill?: { anyTime: boolean; delay: number }) {
  const started = performance.now()
  const child = start(verb.args(folder, again), { env: verb.env })
  let timer = kill?.anyTime ? killLater(child, kill.delay) : undefined
  let firstChange: number | undefined
  const watcher = watch(folder, () => {
    if (firstChange !== undefined) return
    firstChange = performance.now()
    if (kill && !kill.anyTime) timer = killLater(child, kill.delay)
  })
  const outcome = await outcomeOf(child)
  clearTimeout(timer)
  watcher.close()
  const ended = performance.now()
  const times: Times = { before: (firstChange ?? ended) - started, writing: ended - (firstChange ?? ended) }
  return { outcome, times, wrote: firstChange !== undefined }
}

function killLater(child: ChildProcess, delay: number): NodeJS.Timeout {
  return setTimeout(() => child.kill('SIGKILL'), delay)
}

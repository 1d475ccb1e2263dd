/** A progress bar on standard error, if that is a terminal. */
import type { WriteStream } from 'node:tty'
import { bar, clock } from '../bar'
import { plural } from '../plural'
import type { Step } from './verb'

/** A bar that shows one stage at a time and leaves no trace. */
export interface ProgressBar {
  show(step: Step): void
  /** Removes the bar, so that something else can be printed. */
  clear(): void
}

const titles: Readonly<Record<string, string>> = {
  load: 'Loading',
  download: 'Downloading',
  files: 'Looking',
  images: 'Images',
  texts: 'Texts',
  index: 'Indexing',
  samples: 'Samples',
  shards: 'Shards',
  export: 'Exporting',
  check: 'Checking',
}

/** Stages that count bytes. */
const stagesInBytes = ['load', 'download', 'export', 'check']

/** Moves to the start of the line and erases it (ANSI escape codes). */
export const eraseLine = '\r\x1b[2K'

const barWidth = 24
const msBetweenDraws = 80

/** @param milliseconds a clock */
export function createProgressBar(
  stream: Pick<WriteStream, 'isTTY' | 'columns' | 'write'>,
  milliseconds: () => number = () => performance.now(),
): ProgressBar {
  let stage: string | undefined
  let started = 0
  let drawn = -Infinity
  const clear = () => {
    if (stage === undefined) return
    stream.write(eraseLine)
    stage = undefined
    drawn = -Infinity
  }
  const show = (step: Step) => {
    const now = milliseconds()
    if (!stream.isTTY || (step.stage === stage && now - drawn < msBetweenDraws)) return
    if (step.stage !== stage) started = now
    stage = step.stage
    drawn = now
    stream.write(`${eraseLine}${renderStep(step, (now - started) / 1000).slice(0, (stream.columns || 80) - 1)}`)
  }
  return { show, clear }
}

/** One line: title, bar, amount, time left. */
export function renderStep({ stage, done, total }: Step, seconds: number): string {
  const amount = stagesInBytes.includes(stage) ? formatBytes : String
  const title = (titles[stage] ?? stage).padEnd(12)
  if (!total) return `${title}${amount(done)}`
  const share = Math.min(1, done / total)
  const left = share > 0 && seconds > 1 ? `  ${clock((seconds * (1 - share)) / share)} left` : ''
  const rate = stage === 'images' && seconds > 1 ? `  ${perSecond(done / seconds)}` : ''
  return `${title}${bar(share, barWidth)} ${String(Math.round(100 * share)).padStart(3)} %  ${amount(done)} of ${amount(total)}${rate}${left}`
}

function perSecond(rate: number): string {
  return `${rate.toFixed(rate < 10 ? 1 : 0)}/s`
}

/** A number of bytes in readable units: powers of 1000. */
export function formatBytes(bytes: number): string {
  const units = ['', 'kB', 'MB', 'GB', 'TB']
  const power = Math.min(units.length - 1, Math.floor(Math.log10(Math.max(1, bytes)) / 3))
  if (power === 0) return plural(bytes, 'byte')
  const value = bytes / 1000 ** power
  return `${value.toFixed(value < 10 ? 2 : value < 100 ? 1 : 0)} ${units[power]}`
}

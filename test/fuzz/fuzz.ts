/** Runs mutated files of every format in watched processes, counts the outcomes, and keeps the files that cause faults. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Answer } from './child'
import { corpus, type Format, type Seed } from './corpus'
import { mutant, type Mutant } from './mutate'
import { WatchedChild } from './watched-child'

export interface FuzzOptions {
  readonly formats: readonly Format[]
  readonly seed: number
  /** Stops after this many milliseconds, but not before each format has had its `cases`. */
  readonly milliseconds: number
  /** Minimum number of cases per format. */
  readonly cases: number
  readonly children: number
  /** The folder for files that cause faults. */
  readonly faultFolder: string
  readonly onProgress?: (counts: Counts) => void
}

export interface Fault {
  readonly format: Format
  readonly number: number
  readonly how: string
  readonly fault: string
  /** The minimised file. */
  readonly file: string
}

/** The number of cases per format and outcome. */
export type Counts = Partial<Record<Format, Record<string, number>>>

/** Files whose checksums must detect plain damage. Excludes storages read in parts, and PNG, whose damaged pixels Pillow reads. */
function isChecked(format: Format, { name }: Seed): boolean {
  return format === 'pt' && !/legacy|without-crc|tensors|aligned/.test(name)
}

export async function fuzz(options: FuzzOptions): Promise<{ counts: Counts; faults: readonly Fault[] }> {
  const { formats, seed, milliseconds, cases, children, onProgress } = options
  const folder = mkdtempSync(join(tmpdir(), 'dreamlip-fuzz-'))
  const seeds = new Map<Format, readonly Seed[]>()
  for (const format of formats) seeds.set(format, await corpus(format))
  const counts: Counts = {}
  const faults: Fault[] = []
  const known = new Set<string>()
  const end = performance.now() + milliseconds
  let next = 0
  const work = async (worker: number) => {
    const child = new WatchedChild()
    const run = (format: Format, bytes: Uint8Array) =>
      child.run({
        format,
        path: join(folder, `${worker}.${bytes[0] === 0x1f && format === 'tar' ? 'tar.gz' : format}`),
        bytes,
      })
    for (;;) {
      const number = Math.floor(next / formats.length)
      if (number >= cases && performance.now() > end) break
      const format = formats[next++ % formats.length]!
      const made = mutant(format, seeds.get(format)!, seed, number)
      let answer = await run(format, made.bytes)
      if (answer.outcome === 'opens' && made.isPlainDamage && isChecked(format, made.start)) {
        const original = await run(format, made.start.bytes)
        const isSame = original.outcome === 'opens' && original.hash === answer.hash
        if (!isSame) answer = { outcome: 'fault', fault: 'damage that the check sums tell gives other values' }
      }
      count(counts, format, answer)
      if (answer.outcome === 'fault') {
        const kind = `${format} ${kindOf(answer.fault)}`
        if (!known.has(kind)) {
          known.add(kind)
          faults.push(
            await keep(options.faultFolder, format, number, made, answer.fault, (bytes) => run(format, bytes)),
          )
        }
      }
      if (number % 200 === 0) onProgress?.(counts)
    }
    await child.close()
  }
  try {
    await Promise.all(Array.from({ length: children }, (_, i) => work(i)))
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
  return { counts, faults }
}

function count(counts: Counts, format: Format, answer: Answer): void {
  const ends = (counts[format] ??= {})
  const name = answer.outcome === 'refused' ? answer.code : answer.outcome
  ends[name] = (ends[name] ?? 0) + 1
}

/** Only one fault of each kind is kept. The kind is the first line, without numbers and file names. */
function kindOf(fault: string): string {
  const [first, where = ''] = fault.split('\n').map((line) => line.trim())
  return `${first!.replace(/\/\S+|\d+/g, '')} ${where.replace(/\(.*\//, '')}`
}

/** Writes a file that causes a fault, minimised in a few tries, and a description. */
async function keep(
  folder: string,
  format: Format,
  number: number,
  made: Mutant,
  fault: string,
  run: (bytes: Uint8Array) => Promise<Answer>,
): Promise<Fault> {
  const smaller = /^damage/.test(fault)
    ? made.bytes
    : await minimise(made.bytes, async (bytes) => {
        const answer = await run(bytes)
        return answer.outcome === 'fault' && kindOf(answer.fault) === kindOf(fault)
      })
  mkdirSync(folder, { recursive: true })
  const file = join(folder, `${number}.${format}`)
  writeFileSync(file, smaller)
  writeFileSync(`${file}.note`, `${made.how}\n${fault}\n`)
  return { format, number, how: made.how, fault, file }
}

/** Maximum tries to make a file smaller. If the fault is a hang, each try takes seconds. */
const mostTries = 24

async function minimise(bytes: Uint8Array, goesWrong: (bytes: Uint8Array) => Promise<boolean>): Promise<Uint8Array> {
  let best = bytes
  const end = performance.now() + 20_000
  for (
    let [step, tries] = [Math.ceil(bytes.length / 2), 0];
    step >= 1 && tries < mostTries;
    step = Math.floor(step / 2)
  ) {
    for (let at = 0; at < best.length && tries < mostTries && performance.now() < end;) {
      const shorter = Buffer.concat([best.subarray(0, at), best.subarray(at + step)])
      tries++
      if (await goesWrong(shorter)) best = shorter
      else at += step
    }
  }
  return best
}

/** The counts as lines of text. */
export function report(counts: Counts): string {
  const lines = Object.entries(counts).map(([format, ends]) => {
    const parts = Object.entries(ends).sort(([, a], [, b]) => b - a)
    const all = parts.reduce((sum, [, n]) => sum + n, 0)
    return `${format.padEnd(12)}${String(all).padStart(8)}  ${parts.map(([name, n]) => `${name} ${n}`).join(', ')}`
  })
  return lines.join('\n')
}

/** Changes files like damage and malice would. A seed makes each case repeatable. */
import { createRandom, type Random } from '../../src/random'
import type { Format, Seed } from './corpus'
import { pickleProgram } from './pickle-programs'
import { repair } from './repair'

export interface Mutant {
  readonly bytes: Uint8Array
  /** The original file. */
  readonly start: Seed
  /** A description of the changes. */
  readonly how: string
  /** Whether bytes were only overwritten and no checksum was corrected: a format with checksums must detect this. */
  readonly isPlainDamage: boolean
}

/** Numbers that readers often handle wrongly. */
const interesting = [0, 1, 2, 7, 8, 0x0f, 0x20, 0x30, 0x37, 0x7f, 0x80, 0x81, 0xc0, 0xfe, 0xff]
const interestingWords = [0, 1, 0x7f, 0xff, 0x100, 0x7fff, 0xffff, 0x10000, 0x7fffffff, 0x80000000, 0xffffffff]

type Pick = (below: number) => number
type Mutator = (bytes: Buffer, pick: Pick, others: readonly Seed[]) => Buffer

const overwriting: Readonly<Record<string, Mutator>> = {
  'flips a bit': (bytes, pick) => set(bytes, place(bytes, pick), (byte) => byte ^ (1 << pick(8))),
  'sets a byte': (bytes, pick) => set(bytes, place(bytes, pick), () => pick(256)),
  'sets a notable byte': (bytes, pick) => set(bytes, place(bytes, pick), () => interesting[pick(interesting.length)]!),
  'counts a byte up or down': (bytes, pick) => set(bytes, place(bytes, pick), (byte) => byte + 1 - 2 * pick(2)),
  'sets a length': (bytes, pick) => {
    const value = interestingWords[pick(interestingWords.length)]!
    if (bytes.length < 8) return bytes
    const at = Math.min(place(bytes, pick), bytes.length - 4)
    if (pick(2) === 0) bytes.writeUInt32LE(value, at)
    else bytes.writeUInt32BE(value, at)
    return bytes
  },
  'fills a stretch': (bytes, pick) => {
    const at = place(bytes, pick)
    return bytes.fill(interesting[pick(interesting.length)]!, at, Math.min(bytes.length, at + 1 + pick(64)))
  },
  'makes a long variable-length number': (bytes, pick) => {
    const at = place(bytes, pick)
    return bytes.fill(0xff, at, Math.min(bytes.length, at + 1 + pick(9)))
  },
  'writes digits': (bytes, pick) => {
    const at = place(bytes, pick)
    bytes.write('9'.repeat(1 + pick(12)), at, 'latin1')
    return bytes
  },
  'copies a stretch elsewhere': (bytes, pick) => {
    const [from, to] = [pick(bytes.length), pick(bytes.length)]
    bytes.copy(bytes, to, from, Math.min(bytes.length, from + 1 + pick(64)))
    return bytes
  },
}

const reshaping: Readonly<Record<string, Mutator>> = {
  'cuts the end off': (bytes, pick) => bytes.subarray(0, pick(bytes.length)),
  'takes a chunk out': (bytes, pick) => {
    const at = pick(bytes.length)
    return Buffer.concat([bytes.subarray(0, at), bytes.subarray(at + 1 + size(bytes, pick))])
  },
  'doubles a chunk': (bytes, pick) => {
    const at = pick(bytes.length)
    const chunk = bytes.subarray(at, at + 1 + size(bytes, pick))
    const times = pick(8) === 0 ? 40 : 1
    return Buffer.concat([bytes.subarray(0, at), ...Array<Buffer>(times).fill(chunk), bytes.subarray(at)])
  },
  'puts in bytes': (bytes, pick) => {
    const at = pick(bytes.length)
    const chunk = Buffer.from(Array.from({ length: 1 + pick(40) }, () => pick(256)))
    return Buffer.concat([bytes.subarray(0, at), chunk, bytes.subarray(at)])
  },
  'joins two files': (bytes, pick, others) => {
    const other = Buffer.from(others[pick(others.length)]!.bytes)
    return Buffer.concat([bytes.subarray(0, pick(bytes.length)), other.subarray(pick(other.length))])
  },
  'puts rubbish after the head': (bytes, pick) => {
    const rubbish = Buffer.from(Array.from({ length: pick(300) }, () => pick(256)))
    return Buffer.concat([bytes.subarray(0, pick(Math.min(16, bytes.length))), rubbish])
  },
  'appends a file': (bytes, pick, others) => Buffer.concat([bytes, others[pick(others.length)]!.bytes]),
  'writes a stretch of another file': (bytes, pick, others) => {
    const other = Buffer.from(others[pick(others.length)]!.bytes)
    const from = pick(other.length)
    other.copy(bytes, pick(bytes.length), from, Math.min(other.length, from + 1 + size(other, pick)))
    return bytes
  },
}

/** The case with this number. */
export function mutant(format: Format, seeds: readonly Seed[], seed: number, number: number): Mutant {
  const random: Random = createRandom(seed * 1_000_003 + number)
  const pick = (below: number) => Math.floor(random.uniform() * below)
  if (format === 'pt' && pick(6) === 0) {
    const bytes = pickleProgram(pick)
    return { bytes, start: { name: 'program', bytes }, how: 'a random pickle program', isPlainDamage: false }
  }
  const start = seeds[pick(seeds.length)]!
  const all = { ...overwriting, ...(pick(3) === 0 ? reshaping : {}) }
  const names = Object.keys(all)
  const steps: string[] = []
  let bytes: Buffer = Buffer.from(start.bytes)
  for (let left = 1 + pick(pick(4) === 0 ? 8 : 3); left > 0 && bytes.length > 0; left--) {
    const name = names[pick(names.length)]!
    steps.push(name)
    bytes = all[name]!(Buffer.from(bytes), pick, seeds)
  }
  const isRepaired = pick(2) === 0
  const repaired = isRepaired ? repair(format, bytes) : bytes
  const isPlainDamage = !isRepaired && steps.every((name) => name in overwriting)
  return {
    bytes: repaired,
    start,
    how: `${start.name}: ${steps.join(', ')}${isRepaired ? ', repaired' : ''}`,
    isPlainDamage,
  }
}

function set(bytes: Buffer, at: number, change: (byte: number) => number): Buffer {
  if (bytes.length > 0) bytes[at] = change(bytes[at]!) & 0xff
  return bytes
}

/** Anywhere, or where headers, directories and footers are. */
function place(bytes: Buffer, pick: Pick): number {
  const region = Math.min(bytes.length, 600)
  const begin = [0, bytes.length - region][pick(3)]
  return begin === undefined ? pick(bytes.length) : begin + pick(region)
}

/** Usually small, sometimes a large part of the file. */
function size(bytes: Buffer, pick: Pick): number {
  return pick(3) === 0 ? pick(bytes.length) : pick(64)
}

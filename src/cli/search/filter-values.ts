/** Parses dates and sizes from the command line. */
import { InvalidArgumentError } from 'commander'

/** A year, month, day or minute: its first and its last millisecond. Photographs have local times, which are read as UTC. */
export function parseDate(value: string): { readonly first: number; readonly last: number } {
  const match = /^(\d{4})(?:-(\d\d)(?:-(\d\d)(?:[T ](\d\d):(\d\d))?)?)?$/.exec(value)
  if (!match) throw new InvalidArgumentError('Expected a date such as 2024, 2024-05, 2024-05-31 or 2024-05-31T18:30.')
  const [year, month, day, hour, minute] = match
    .slice(1)
    .map((part: string | undefined) => (part === undefined ? undefined : Number(part)))
  const first = Date.UTC(year!, (month ?? 1) - 1, day ?? 1, hour ?? 0, minute ?? 0)
  const isReal = new Date(first).toISOString().startsWith(value.replace(' ', 'T'))
  if (!isReal) throw new InvalidArgumentError(`There is no ${value}.`)
  const next =
    month === undefined
      ? Date.UTC(year! + 1, 0)
      : day === undefined
        ? Date.UTC(year!, month)
        : first + (hour === undefined ? 24 * 3600e3 : 60e3)
  return { first, last: next - 1 }
}

const units = { '': 1, k: 1e3, m: 1e6, g: 1e9, ki: 2 ** 10, mi: 2 ** 20, gi: 2 ** 30 } as const

/** Bytes: `500000`, `500kB`, `2.5 MB`, `1GiB`. */
export function parseBytes(value: string): number {
  const match = /^(\d+(?:\.\d+)?)\s*([kmg]i?)?b?$/i.exec(value)
  if (!match) throw new InvalidArgumentError('Expected a size such as 500kB, 2.5MB or 1GiB.')
  return Number(match[1]) * units[(match[2] ?? '').toLowerCase() as keyof typeof units]
}

/** A cosine. */
export function parseCosine(value: string): number {
  const cosine = Number(value)
  if (value.trim() !== '' && cosine >= -1 && cosine <= 1) return cosine
  throw new InvalidArgumentError('Expected a cosine from -1 to 1.')
}

/** The processor and its instruction sets, and the C library. Packages with native parts depend on them. */
import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { arch, availableParallelism, cpus } from 'node:os'

export interface Processor {
  readonly model: string
  /** How many threads can run at the same time. */
  readonly threads: number
  /** The instruction sets that matrix products use. Undefined if the system does not list them. */
  readonly instructions?: readonly string[]
}

/** As Linux and macOS spell them. macOS writes them in capitals. */
const instructions = /^(sse4[._][12]|avx\w*(\.\d)?|fma|f16c|amx_\w+|asimd(hp|dp)?|i8mm|bf16|sve2?)$/

export function describeProcessor(): Processor {
  const list = listFlags()
  return {
    model: cpus()[0]?.model.trim() || arch(),
    threads: availableParallelism(),
    ...(list && { instructions: [...new Set(list.filter((flag) => instructions.test(flag)))] }),
  }
}

function listFlags(): string[] | undefined {
  try {
    const text =
      process.platform === 'linux'
        ? /^(?:flags|Features)\s*:(.*)$/m.exec(readFileSync('/proc/cpuinfo', 'utf8'))?.[1]
        : process.platform === 'darwin'
          ? execFileSync('sysctl', ['-n', 'machdep.cpu.features', 'machdep.cpu.leaf7_features'], { encoding: 'utf8' })
          : undefined
    return text?.toLowerCase().split(/\s+/).filter(Boolean)
  } catch {
    return undefined // Apple's own processors have no such list
  }
}

/** `glibc 2.36` or `musl`; undefined if there is neither, or if the host does not say. */
export function describeLibc(): string | undefined {
  if (process.platform !== 'linux') return undefined
  const report = process.report?.getReport?.() as
    { header?: { glibcVersionRuntime?: string }; sharedObjects?: readonly string[] } | undefined
  const version = report?.header?.glibcVersionRuntime
  if (version) return `glibc ${version}`
  return report?.sharedObjects?.some((file) => file.includes('ld-musl')) ? 'musl' : undefined
}

/** Everything about this machine that a bug report needs. A missing or broken part is never an error here. */
import { execFile } from 'node:child_process'
import { readdirSync, statSync } from 'node:fs'
import { arch, freemem, release, totalmem, type } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { version } from '../../package.json'
import { cacheFolder } from '../bytes/cache-folder.node.ts'
import { loadSharp } from '../images/decode/sharp.node.ts'
import { tryDevices, type TriedDevice } from '../runtime/device'
import { describeEnvironment, describeProxy, type ProxySettings } from './environment.node.ts'
import { findPackages, type FoundPackage } from './packages.node.ts'
import { describeLibc, describeProcessor, type Processor } from './processor.node.ts'

/** The result of `describeMachine`. */
export interface Machine {
  readonly dreamlip: string
  /** `Node 22.1.0`, `Bun 1.2.3` or `Deno 2.4.5`. */
  readonly host: string
  /** Name and version of the system, and the architecture. */
  readonly system: string
  /** `glibc 2.36` or `musl`, on Linux. */
  readonly libc?: string
  readonly processor: Processor
  /** In bytes. */
  readonly memory: { readonly total: number; readonly free: number }
  /** NVIDIA cards: name, driver, memory. */
  readonly cards: readonly string[]
  /** Every device of this platform, the fastest first. */
  readonly devices: readonly TriedDevice[]
  readonly packages: readonly FoundPackage[]
  /** The library behind sharp and the formats that it reads; undefined if sharp cannot be used. */
  readonly images?: { readonly libvips: string; readonly formats: readonly string[] }
  readonly cache: { readonly folder: string; readonly files: number; readonly bytes: number }
  /** The relevant environment variables. Tokens and passwords are not shown. */
  readonly environment: Readonly<Record<string, string>>
  readonly proxy: ProxySettings
}

/**
 * Describes this machine for a bug report: versions, processor, memory, devices and the reasons why others cannot be used, optional
 * packages, the cache folder, environment variables and proxies. It starts every device once, and loads no model. `dreamlip check`
 * prints it.
 */
export async function describeMachine(): Promise<Machine> {
  const [cards, images] = [await listCards(), await describeImages()]
  const devices = await tryDevices().catch(() => []) // fails with two versions of TensorFlow.js, and loading a model reports that
  const libc = describeLibc()
  return {
    dreamlip: version,
    host: describeHost(),
    system: `${type()} ${release()} ${arch()}`,
    ...(libc && { libc }),
    processor: describeProcessor(),
    memory: { total: totalmem(), free: freemem() },
    cards,
    devices,
    packages: findPackages(),
    ...(images && { images }),
    cache: describeCache(cacheFolder()),
    environment: describeEnvironment(),
    proxy: describeProxy(),
  }
}

function describeHost(): string {
  const { bun, deno, node } = process.versions
  return bun ? `Bun ${bun}` : deno ? `Deno ${deno}` : `Node ${node}`
}

/** Long enough for a driver that must wake its card. */
const longestQuery = 10_000

async function listCards(): Promise<string[]> {
  const query = ['--query-gpu=name,driver_version,memory.total', '--format=csv,noheader']
  try {
    const { stdout } = await promisify(execFile)('nvidia-smi', query, { timeout: longestQuery })
    return stdout.split('\n').filter(Boolean)
  } catch {
    return [] // the program does not exist, or there is no card
  }
}

async function describeImages(): Promise<Machine['images']> {
  try {
    const { versions, format } = await loadSharp()
    const formats = Object.values(format) as { id: string; input: { buffer: boolean } }[]
    const readable = formats.filter(({ id, input }) => input.buffer && id !== 'raw')
    return { libvips: versions.vips, formats: readable.map(({ id }) => id) }
  } catch {
    return undefined // `packages` says why
  }
}

/** Counts files. A file that disappears meanwhile is not counted. */
function describeCache(folder: string): Machine['cache'] {
  const sizes = namesIn(folder).flatMap((name) => sizeOf(join(folder, name)))
  return { folder, files: sizes.length, bytes: sizes.reduce((sum, size) => sum + size, 0) }
}

function sizeOf(path: string): number[] {
  try {
    const stat = statSync(path)
    return stat.isFile() ? [stat.size] : []
  } catch {
    return []
  }
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder, { recursive: true, encoding: 'utf8' })
  } catch {
    return [] // it does not exist yet, or is not readable
  }
}

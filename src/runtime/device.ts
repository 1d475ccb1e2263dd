/** Chooses where a model runs: the fastest device at hand, or the one that was asked for. */
import { backends } from '#runtime/backends'
import { DreamLIPError } from '../errors'

/** Devices by name. `auto` takes the first that works: in browsers WebGPU, WebGL, WASM, CPU; in Node CUDA, WASM, CPU. */
export type DeviceName = 'auto' | 'webgpu' | 'webgl' | 'cuda' | 'wasm' | 'cpu'

/** The device that a model runs on, and why that one. */
export interface Device {
  readonly name: Exclude<DeviceName, 'auto'>
  /** How model functions reach it: op by op through TensorFlow.js. */
  readonly runtime: 'eager'
  /** The TensorFlow.js backend. */
  readonly backend: string
  /** Why this one: that it was asked for, or what was tried before it and failed. */
  readonly reason: string
}

/** A TensorFlow.js backend that this platform may have. Each platform lists its own, fastest first (`#runtime/backends`). */
export interface Backend {
  readonly device: Device['name']
  readonly backend: string
  /** What a user installs or enables to get it; completes the sentence "…: " in an error. */
  readonly remedy: string
  /** Imports and starts the backend; throws where it can't run here. */
  start(): Promise<void>
}

const deviceNames: readonly DeviceName[] = ['auto', 'webgpu', 'webgl', 'cuda', 'wasm', 'cpu']

/** One start a backend: a second model shares what the first began, and a failure is remembered. */
const started = new Map<Backend, Promise<void>>()

function start(backend: Backend): Promise<void> {
  const running = started.get(backend) ?? backend.start()
  started.set(backend, running)
  return running
}

/**
 * Starts the device of that name, or with `auto` the first that starts.
 * @throws DreamLIPError `INVALID_ARGUMENT` for an unknown name, `DEVICE_UNAVAILABLE` when it is not to be had here.
 */
export async function chooseDevice(name: DeviceName = 'auto'): Promise<Device> {
  if (!deviceNames.includes(name)) {
    throw new DreamLIPError(
      'INVALID_ARGUMENT',
      `device: expected one of ${deviceNames.join(', ')}; got ${JSON.stringify(name)}.`,
    )
  }
  const candidates = name === 'auto' ? backends : backends.filter((backend) => backend.device === name)
  const failures: string[] = []
  for (const candidate of candidates) {
    try {
      await start(candidate)
      return {
        name: candidate.device,
        runtime: 'eager',
        backend: candidate.backend,
        reason: explain(name, candidate, failures),
      }
    } catch (error) {
      failures.push(`${candidate.device} (${error instanceof Error ? error.message : String(error)})`)
      if (name !== 'auto') throw unavailable(name, failures, candidate.remedy, error)
    }
  }
  throw unavailable(name, failures, `devices of this platform: ${backends.map((b) => b.device).join(', ')}`)
}

function explain(asked: DeviceName, chosen: Backend, failures: readonly string[]): string {
  if (asked !== 'auto') return `device '${chosen.device}' was asked for`
  const first = `'${chosen.device}' is the fastest device that works here`
  return failures.length === 0 ? first : `${first}; tried before: ${failures.join('; ')}`
}

function unavailable(name: DeviceName, failures: readonly string[], remedy: string, cause?: unknown): DreamLIPError {
  const tried = failures.length === 0 ? 'it does not exist on this platform' : `tried ${failures.join('; ')}`
  return new DreamLIPError('DEVICE_UNAVAILABLE', `device '${name}' is not available: ${tried}. ${capital(remedy)}.`, {
    cause,
  })
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1)
}

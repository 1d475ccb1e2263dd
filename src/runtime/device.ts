/** Chooses where a model runs: on the requested device, or else on the fastest one that works. */
import { findCandidates } from '#runtime/candidates'
import { checkChoice, checkWhole } from '../check-arguments'
import { DreamLIPError } from '../errors'
import { checkTfjsVersion } from '../ops/tfjs-internals'
import type { Candidate } from './candidate'
import type { Device, DeviceName, Runtime, RuntimeName, RuntimeOptions } from './runtime'

const deviceNames: readonly DeviceName[] = ['auto', 'webgpu', 'webgl', 'cuda', 'wasm', 'cpu']
const runtimeNames: readonly RuntimeName[] = ['compiled', 'eager']
/** No machine has more processors. */
const mostThreads = 1024

const goals = ['start', 'throughput'] as const

/** Each candidate is started once. Models share it, and failures are remembered. */
const started = new Map<Candidate, ReturnType<Candidate['start']>>()

function start(candidate: Candidate): ReturnType<Candidate['start']> {
  const running = started.get(candidate) ?? startChecked(candidate)
  started.set(candidate, running)
  return running
}

/** Every candidate computes with TensorFlow.js or records its functions. */
async function startChecked(candidate: Candidate): ReturnType<Candidate['start']> {
  checkTfjsVersion()
  return candidate.start()
}

/**
 * Starts the first candidate that fits the options and works here.
 * @throws DreamLIPError `INVALID_ARGUMENT` for an unknown name, `DEVICE_UNAVAILABLE` if no candidate works, `DEPENDENCY_UNSUPPORTED`
 *   for a version of TensorFlow.js that this package does not know
 */
export async function chooseRuntime(options: RuntimeOptions = {}): Promise<Runtime> {
  const { device = 'auto', runtime, optimize = 'start', threads } = options
  checkChoice('device', device, deviceNames)
  if (runtime !== undefined) checkChoice('runtime', runtime, runtimeNames)
  checkChoice('optimize', optimize, goals)
  if (threads !== undefined) checkWhole('threads', threads, 1, mostThreads)
  const candidates = findCandidates()
  const fitting = candidates.filter(
    (candidate) =>
      (device === 'auto' ? !candidate.onRequest : candidate.device === device) &&
      (runtime === undefined || candidate.runtime === runtime),
  )
  const failures: Failure[] = []
  for (const candidate of fitting) {
    try {
      const slow = device === 'auto' ? await candidate.slowBecause?.() : undefined
      if (slow) throw new Error(slow)
      const open = await start(candidate)
      failures.forEach(({ candidate: failed, error }) => failed.passedOver?.(candidate, error))
      const { device: name, runtime: how, backend } = candidate
      return open({ name, runtime: how, backend, reason: explain(options, candidate, failures) }, { optimize, threads })
    } catch (error) {
      // Another device may work, but much more slowly, and the user would not know why.
      if ((error as Partial<DreamLIPError>).code === 'DEPENDENCY_UNSUPPORTED') throw error
      failures.push({ candidate, error })
    }
  }
  throw unavailable(options, candidates, failures)
}

/** A way to run models that a platform may support, and the reason if it cannot be used here. */
export interface TriedDevice extends Pick<Device, 'name' | 'runtime' | 'backend'> {
  /** Undefined if it works. */
  readonly problem?: string
  /** Instructions for installing or enabling it. */
  readonly remedy?: string
}

/** Starts every candidate of this platform, the fastest first, and reports which work. */
export async function tryDevices(): Promise<TriedDevice[]> {
  const tried: TriedDevice[] = []
  for (const candidate of findCandidates()) {
    const { device: name, runtime, backend, remedy } = candidate
    const problem = await start(candidate).then(() => undefined, messageOf)
    tried.push({ name, runtime, backend, ...(problem !== undefined && { problem, remedy }) })
  }
  return tried
}

function messageOf(error: unknown): string {
  return (error instanceof Error ? error.message : String(error)).trim()
}

interface Failure {
  readonly candidate: Candidate
  readonly error: unknown
}

function explain(
  { device = 'auto', runtime }: RuntimeOptions,
  chosen: Candidate,
  failures: readonly Failure[],
): string {
  const asked = device !== 'auto' ? `device '${device}'` : runtime ? `runtime '${runtime}'` : ''
  const first = asked
    ? `${asked} was requested, and ${chosen.backend} provides it`
    : `'${chosen.device}' with ${chosen.backend} is the fastest that works here`
  return failures.length === 0 ? first : `${first}; tried before: ${tried(failures)}`
}

function unavailable(
  { device = 'auto', runtime }: RuntimeOptions,
  candidates: readonly Candidate[],
  failures: readonly Failure[],
): DreamLIPError {
  const what = `device '${device}'${runtime ? ` with runtime '${runtime}'` : ''} is not available`
  if (failures.length === 0) {
    const there = [...new Set(candidates.map((candidate) => `${candidate.device} (${candidate.runtime})`))].join(', ')
    return new DreamLIPError('DEVICE_UNAVAILABLE', `${what}: this platform has ${there}.`)
  }
  const remedies = failures.map(({ candidate, error }) => (error as Partial<Candidate>).remedy ?? candidate.remedy)
  const fix = [...new Set(remedies)].join('; ')
  return new DreamLIPError('DEVICE_UNAVAILABLE', `${what}: tried ${tried(failures)}. To fix this: ${fix}.`, {
    cause: failures[0]!.error,
  })
}

function tried(failures: readonly Failure[]): string {
  return failures.map(({ candidate, error }) => `${candidate.backend} (${messageOf(error)})`).join('; ')
}

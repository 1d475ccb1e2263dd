/** Runs the `dreamlip` command as a separate process: the built one if the build is newer than the source, because it starts faster. */
import { spawn, type ChildProcess } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll } from 'vitest'
import { isBuilt } from '../package/build'

/** A small model with the whole vocabulary. PyTorch's results for it are in golden.json. */
export const model = 'examples/golden/golden.pt'
export const photos = ['chelsea.png', 'coffee.png', 'rocket.jpg'].map((name) => `examples/photos/${name}`)

export interface Outcome {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

export interface RunOptions {
  /** The contents of standard input; null leaves it open. */
  readonly input?: string | null
  readonly env?: Readonly<Record<string, string>>
  /** A bash command to run first, such as `ulimit -f 4`. */
  readonly limits?: string
}

const program = isBuilt() ? ['dist/cli.js'] : ['--import', 'tsx', 'src/cli/main.ts']

/** Starts the command without waiting for it. */
export function start(args: readonly string[], { input = '', env = {}, limits }: RunOptions = {}): ChildProcess {
  const { DREAMLIP_MODEL: _, ...ours } = process.env
  const command = [process.execPath, ...program, ...args]
  const [first, ...rest] = limits ? ['bash', '-c', `${limits}; exec "$@"`, 'bash', ...command] : command
  const child = spawn(first!, rest, { env: { ...ours, ...env }, stdio: 'pipe' })
  if (input !== null) child.stdin.end(input)
  return child
}

export async function run(args: readonly string[], options?: RunOptions): Promise<Outcome> {
  return outcomeOf(start(args, options))
}

export function outcomeOf(child: ChildProcess): Promise<Outcome> {
  let [stdout, stderr] = ['', '']
  child.stdout!.setEncoding('utf8').on('data', (chunk: string) => (stdout += chunk))
  child.stderr!.setEncoding('utf8').on('data', (chunk: string) => (stderr += chunk))
  return new Promise((resolve, reject) => {
    child.on('error', reject)
    child.on('close', (code) => resolve({ code, stdout, stderr }))
  })
}

/** The command's JSON document. Throws if there is anything else on standard output. */
export async function runJson<T>(args: readonly string[], options?: RunOptions): Promise<Outcome & { document: T }> {
  const outcome = await run([...args, '--json'], options)
  return { ...outcome, document: JSON.parse(outcome.stdout) as T }
}

/** A folder for the tests of one file, removed after them. */
export function temporaryFolder(): (...names: string[]) => string {
  const folder = mkdtempSync(join(tmpdir(), 'dreamlip-cli-'))
  afterAll(() => rmSync(folder, { recursive: true, force: true }))
  return (...names) => join(folder, ...names)
}

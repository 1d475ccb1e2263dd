/** Runs the packed package on every host that it supports, and the tests of the runtime and of inference on the newest versions of Node. */
import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync } from 'node:fs'
import { join, resolve } from 'node:path'
import buildPackage from '../test/package/build'
import { installPacked, npm } from '../test/package/packed-project'

interface Host {
  readonly name: string
  /** The npm package to install. */
  readonly package: string
  /** The program inside that package. */
  readonly program: string
  /** The arguments before a script's name. */
  readonly args?: readonly string[]
  /** Whether this is the Node that runs this script. `npm test` already runs the tests on it. */
  readonly isThis?: boolean
  /** Whether to run the tests on it too: for the two newest versions of Node, which have broken tests so far. */
  readonly isTested?: boolean
}

const hosts: readonly Host[] = [
  ...[20, 22, 24, 26].map((version) => ({
    name: `Node ${version}`,
    package: `node@${version}`,
    program: process.platform === 'win32' ? 'bin/node.exe' : 'bin/node',
    isThis: process.versions.node.startsWith(`${version}.`),
    isTested: version >= 24,
  })),
  { name: 'Bun 1', package: 'bun@1', program: 'bin/bun.exe' }, // on every platform
  { name: 'Deno 2', package: 'deno@2', program: process.platform === 'win32' ? 'deno.exe' : 'deno', args: ['run', '-A'] }, // prettier-ignore
]

buildPackage()
/** The tests that depend on the host: typed arrays, threads, native bindings. */
const hostFolders = ['test/compile', 'test/runtime', 'test/inference']

const project = installPacked()
try {
  hosts.forEach(checkOn)
} finally {
  project.remove()
}

function checkOn(host: Host): void {
  const program = host.isThis ? process.execPath : install(host)
  const version = program && run(program, ['--version']).stdout?.trim()
  if (!version) return fail(host.name, 'npm could not install it: nothing was checked', !process.env.CI)
  const name = `${host.name.split(' ')[0]} ${/\d[\d.]*/.exec(version)![0]}`
  checkMainPath(name, program, host)
  if (host.isTested && !host.isThis) runTests(name, program)
}

/** The program, in its own folder, which later runs reuse. */
function install({ name, package: wanted, program }: Host): string | undefined {
  const folder = resolve('.cache/hosts', wanted)
  const file = join(folder, 'node_modules', wanted.split('@')[0]!, program)
  if (existsSync(file)) return file
  mkdirSync(folder, { recursive: true })
  try {
    npm(['install', '--prefix', folder, '--no-audit', '--no-fund', '--prefer-offline', '--loglevel=error', wanted], '.')
  } catch (error) {
    console.error(`${name}: ${(error as Error).message}`)
  }
  return existsSync(file) ? file : undefined
}

function checkMainPath(name: string, program: string, { args = [] }: Host): void {
  for (const script of ['main-path-esm.mjs', 'main-path-cjs.cjs']) {
    const started = performance.now()
    const { status, stdout, stderr } = run(
      program,
      [...args, join(project.folder, script), resolve('examples')],
      project.folder,
    )
    if (status !== 0) {
      fail(name, `${script} failed\n${stdout}${stderr}`)
      continue
    }
    const backends = JSON.parse(stdout) as Record<string, string>
    const slow = Object.values(backends).some((backend) => backend !== 'onnxruntime-node')
    if (slow) fail(name, `${script} did not run on ONNX Runtime: ${stdout}`)
    else console.log(`${name}: ${script} agrees with PyTorch in ${Object.keys(backends).join(', ')} ${since(started)}`)
  }
}

function runTests(name: string, program: string): void {
  const started = performance.now()
  const vitest = ['node_modules/vitest/vitest.mjs', 'run', '--project', 'source', ...hostFolders]
  const { status, stdout, stderr } = run(program, vitest)
  const [summary] = stdout.trim().split('\n').slice(-1)
  if (status !== 0) fail(name, `${hostFolders.join(', ')} failed\n${stdout}${stderr}`)
  else console.log(`${name}: ${hostFolders.join(', ')}: ${summary} ${since(started)}`)
}

function fail(name: string, why: string, onlySkipped = false): void {
  if (!onlySkipped) process.exitCode = 1
  console.error(`${onlySkipped ? 'SKIPPED' : 'FAILED'} ${name}: ${why}`)
}

function since(started: number): string {
  return `(${((performance.now() - started) / 1000).toFixed(1)} s)`
}

function run(command: string, args: readonly string[], cwd = '.') {
  return spawnSync(command, args, { cwd, encoding: 'utf8', timeout: 600_000, maxBuffer: 1 << 26 })
}

/** Runs the packed package, as ES module and CommonJS, on the Node versions that it supports beside the one at hand. */
import { spawnSync } from 'node:child_process'
import { join, resolve } from 'node:path'
import buildPackage from '../test/package/build'
import { installPacked } from '../test/package/packed-project'

const versions = [20, 22, 24]

/** What the features may be from PyTorch's. */
const tolerance = 1e-5

buildPackage()
const project = installPacked()
try {
  for (const version of versions) checkOn(version)
} finally {
  project.remove()
}

function checkOn(version: number): void {
  const found = runOn(version, ['--version'])
  if (found.status !== 0) {
    console.log(`Skipped: Node ${version} (npm cannot fetch it here).`)
    return
  }
  for (const script of ['esm.mjs', 'commonjs.cjs']) {
    const { status, stdout, stderr } = runOn(version, [join(project.folder, script), resolve('examples')])
    const largest = status === 0 ? largestDifference(stdout) : NaN
    const passed = largest < tolerance
    if (!passed) process.exitCode = 1
    const outcome = passed ? `agrees with PyTorch to ${largest.toExponential(1)}` : `failed\n${stdout}${stderr}`
    console.log(`Node ${found.stdout.trim()}, ${script}: ${outcome}`)
  }
}

function runOn(version: number, args: readonly string[]) {
  if (process.versions.node.startsWith(`${version}.`)) return run(process.execPath, args)
  return run('npx', ['--yes', '--package', `node@${version}`, 'node', ...args])
}

function run(command: string, args: readonly string[]) {
  return spawnSync(command, args, { cwd: project.folder, encoding: 'utf8', timeout: 300_000 })
}

function largestDifference(output: string): number {
  const { differences } = JSON.parse(output) as { differences: Record<string, number[]> }
  return Math.max(...Object.values(differences).flat())
}

/** LanceDB for tests: the package in benchmarks/peers. */
import { existsSync } from 'node:fs'
import { resolve } from 'node:path'
import { canRun } from '../../skipping'

const peers = 'benchmarks/peers/node_modules'

export const hasLance = canRun(
  existsSync(`${peers}/@lancedb/lancedb`),
  'tests of LanceDB',
  '@lancedb/lancedb is not installed; npm ci --ignore-scripts in benchmarks/peers installs it',
)

/** Makes it available: optional packages are looked up next to the program. @returns a function that undoes this */
export function useLance(): () => void {
  const [, program] = process.argv
  process.argv[1] = resolve('benchmarks/peers/program.js')
  return () => void (process.argv[1] = program!)
}

/** An environment in which a process finds it. */
export const lanceEnvironment = { NODE_PATH: resolve(peers) }

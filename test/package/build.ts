/** Builds the package before tests that need it, unless the build is newer than all of its sources. */
import { execFileSync } from 'node:child_process'
import { readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { exportedFiles } from './exported-files'

const sources = [
  'src',
  'assets',
  'package.json',
  'package-lock.json',
  'tsup.config.ts',
  'scripts/finish-build.ts',
  'tsconfig.json',
  'tsconfig.browser.json',
]

/** Whether the build is newer than all of its sources. */
export function isBuilt(): boolean {
  return newest(sources) < oldest(exportedFiles)
}

export default function buildPackage(): void {
  if (isBuilt()) return
  console.log('Building the package (npm run build) …')
  run('node_modules/tsup/dist/cli-default.js', '--silent')
  run('node_modules/tsx/dist/cli.mjs', 'scripts/finish-build.ts')
}

function run(...script: string[]): void {
  execFileSync(process.execPath, script, { stdio: 'inherit' })
}

function newest(paths: readonly string[]): number {
  return Math.max(...paths.flatMap(filesUnder).map(modified))
}

function oldest(files: readonly string[]): number {
  return Math.min(...files.map(modified))
}

function filesUnder(path: string): string[] {
  if (!statSync(path).isDirectory()) return [path]
  return readdirSync(path, { recursive: true, encoding: 'utf8' }).map((name) => join(path, name))
}

function modified(file: string): number {
  return statSync(file, { throwIfNoEntry: false })?.mtimeMs ?? 0
}

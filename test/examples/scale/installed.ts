/** A folder in which `dreamlip` seems to be installed, as engines find it: `node_modules/.bin/dreamlip` runs the build, or the source. */
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join, resolve } from 'node:path'
import { isBuilt } from '../../package/build'

const loader = createRequire(import.meta.url).resolve('tsx')
const program = isBuilt() ? resolve('dist/cli.js') : resolve('src/cli/main.ts')

/** @returns the program's folder */
export function installDreamLIP(folder: string): string {
  const bin = join(folder, 'node_modules/.bin')
  mkdirSync(bin, { recursive: true })
  const command = `exec '${process.execPath}' ${isBuilt() ? '' : `--import '${loader}' `}'${program}' "$@"`
  writeFileSync(join(bin, 'dreamlip'), `#!/bin/sh\n${command}\n`, { mode: 0o755 })
  return bin
}

/** The files of an output and their contents. */
export function filesOf(out: string): Record<string, string> {
  const names = readdirSync(out, { recursive: true, encoding: 'utf8' }).filter((name) => /\.\w+$/.test(name))
  return Object.fromEntries(names.sort().map((name) => [name, readFileSync(join(out, name), 'base64')]))
}

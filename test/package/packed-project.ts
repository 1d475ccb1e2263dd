/** An empty project with the packed package installed, as a user's would be. */
import { spawnSync } from 'node:child_process'
import { cpSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

export interface PackedProject {
  readonly folder: string
  /** Paths in the tarball. */
  readonly files: readonly string[]
  readonly packedBytes: number
  remove(): void
}

/** Packs the built package and installs the tarball, with its dependencies, next to the files of `test/package/project`. */
export function installPacked(): PackedProject {
  const folder = mkdtempSync(join(tmpdir(), 'dreamlip-packed-'))
  cpSync('test/package/project', folder, { recursive: true })
  cpSync('test/package/project/types.ts', join(folder, 'types.cts'))
  writeFileSync(join(folder, 'package.json'), JSON.stringify({ name: 'application', private: true, type: 'module' }))
  // Without scripts: `prepack` would repeat the build of the tests' setup.
  const packed = npm(['pack', '--json', '--ignore-scripts', '--pack-destination', folder], '.')
  const [{ filename, files, size }] = JSON.parse(packed) as [
    { filename: string; files: { path: string }[]; size: number },
  ]
  npm(['install', '--no-audit', '--no-fund', '--prefer-offline', join(folder, filename)], folder)
  return {
    folder,
    files: files.map(({ path }) => path),
    packedBytes: size,
    remove: () => rmSync(folder, { recursive: true, force: true }),
  }
}

/** Returns npm's output. Its warnings go to the console. */
export function npm(args: readonly string[], cwd: string): string {
  const { status, stdout, stderr } = runNpm(args, cwd)
  process.stderr.write(stderr)
  if (status !== 0) throw new Error(`npm ${args.join(' ')} exited with ${status}: ${stderr}`)
  return stdout
}

export function runNpm(args: readonly string[], cwd: string) {
  const path = process.env.npm_execpath // set if npm runs the tests; this way of calling it also works on Windows
  const [command, ...first] = path ? [process.execPath, path] : ['npm']
  // onnxruntime-node would look for CUDA libraries in another registry, and be left out if it cannot reach it.
  const env = { ...process.env, ONNXRUNTIME_NODE_INSTALL: 'skip' }
  return spawnSync(command!, [...first, ...args], { cwd, env, encoding: 'utf8' })
}

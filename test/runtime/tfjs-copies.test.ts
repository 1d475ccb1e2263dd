import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { checkTfjsCopies } from '../../src/runtime/tfjs-copies.node.ts'

let root: string
beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), 'dreamlip-copies-'))
})
afterAll(() => rmSync(root, { recursive: true, force: true }))

/** The main file of a copy of TensorFlow.js's core in a project. */
function install(project: string, version: string): string {
  const folder = join(root, project, 'node_modules', '@tensorflow', 'tfjs-core')
  mkdirSync(folder, { recursive: true })
  writeFileSync(join(folder, 'package.json'), JSON.stringify({ version }))
  return join(folder, 'dist', 'tf-core.node.js')
}

it('refuses two versions of TensorFlow.js in one process, and names both', () => {
  const files = [install('ours', '4.22.0'), install('other', '4.20.0')]
  expect(() => checkTfjsCopies(files)).toThrow(
    expect.objectContaining({
      code: 'DEPENDENCY_CONFLICT',
      message: expect.stringMatching(/4\.22\.0 \(.*ours.*tfjs-core\) and 4\.20\.0 \(.*other.*tfjs-core\)\. .*npm ls/),
    }),
  )
})

it('accepts two copies of one version, which share everything', () => {
  expect(() => checkTfjsCopies([install('ours', '4.22.0'), install('linked', '4.22.0')])).not.toThrow()
})

it('accepts this process', () => expect(() => checkTfjsCopies()).not.toThrow())

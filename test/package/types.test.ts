/** The packed package's types with `skipLibCheck: false`, compiled like programs for Node and for browsers. */
import { spawnSync } from 'node:child_process'
import { copyFileSync, existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { installPacked, npm, type PackedProject } from './packed-project'

const compilers = { '5.9': resolve('node_modules/typescript/bin/tsc'), '7': compilerSeven() }

let project: PackedProject
beforeAll(() => {
  project = installPacked()
  copyFileSync(join(project.folder, 'types-strict.ts'), join(project.folder, 'types-strict.cts'))
  npm(['install', '--no-audit', '--no-fund', '--prefer-offline', '--ignore-scripts', '@types/node@20'], project.folder)
  const { folder } = project
  if (!existsSync(compilers[7])) {
    mkdirSync(resolve('.cache/typescript-7'), { recursive: true })
    npm(['install', '--prefix', resolve('.cache/typescript-7'), '--no-audit', '--no-fund', 'typescript@7'], folder)
  }
}, 600_000)
afterAll(() => project?.remove())

function compilerSeven(): string {
  return resolve('.cache/typescript-7/node_modules/typescript/bin/tsc')
}

/** The compiler's output for files. */
function compile(version: keyof typeof compilers, files: readonly string[], options: object): string {
  const shared = { noEmit: true, strict: true, skipLibCheck: false, target: 'es2022' }
  const config = join(project.folder, 'tsconfig.json')
  writeFileSync(config, JSON.stringify({ compilerOptions: { ...shared, ...options }, files }))
  const args = [compilers[version], '-p', config]
  const { stdout, stderr } = spawnSync(process.execPath, args, { cwd: dirname(config), encoding: 'utf8' })
  return stdout + stderr
}

const forNode = { lib: ['es2022'], types: ['node'] }
const forPages = { lib: ['es2022', 'dom'], types: [] }

describe.each(['5.9', '7'] as const)('TypeScript %s', { timeout: 180_000 }, (version) => {
  it.each(['node16', 'nodenext'])('compiles programs for Node, without the types of browsers (%s)', (module) => {
    expect(compile(version, ['types-strict.ts', 'types-strict.cts', 'types-node.ts'], { ...forNode, module })).toBe('')
  })

  it('compiles programs for Node that are bundled', () => {
    const bundled = { module: 'esnext', moduleResolution: 'bundler', customConditions: ['node'] }
    expect(compile(version, ['types-strict.ts', 'types-node.ts'], { ...forNode, ...bundled })).toBe('')
  })

  it('compiles programs for browsers, without the types of Node', () => {
    const bundled = { module: 'esnext', moduleResolution: 'bundler' }
    expect(compile(version, ['types-strict.ts', 'types-page.ts'], { ...forPages, ...bundled })).toBe('')
  })
})

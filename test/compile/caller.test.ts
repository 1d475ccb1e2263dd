import { describe, expect, it } from 'vitest'
import { callerLine, innermostFile } from '../../src/compile/caller'

const core = '/app/node_modules/@tensorflow/tfjs-core/dist/tf-core.node.js'

/** A stack in V8's format. */
const stackOf = (...places: string[]) => ['Error', ...places.map((place) => `    at step (${place})`)].join('\n')

describe('callerLine, from the sources of this package', () => {
  const home = '/work/dreamlip/src/compile/unrecordable.ts'

  it.each([
    ['a loss of the package', '/work/dreamlip/src/losses/contrastive.ts:9:3'],
    ['a test', '/work/dreamlip/test/runtime/compile.test.ts:9:3'],
    ['a script with folders of the same names', '/home/me/src/ops/loss.ts:9:3'],
    ['a folder with spaces', '/home/me/my losses/new loss.js:9:3'],
    ['a package that a user has installed', '/home/me/node_modules/my-losses/index.js:9:3'],
    ['a folder that is named after tfjs', '/home/me/tfjs-demo/loss.js:9:3'],
  ])('finds %s', (_, place) => {
    const recorder = '/work/dreamlip/src/compile/record/recorder.ts:1:1'
    const op = '/work/dreamlip/src/ops/layers/linear.ts:7:7'
    expect(callerLine(stackOf(`${home}:2:2`, recorder, `${core}:3:3`, op, place, 'node:internal/x:1:1'), home)).toBe(
      place,
    )
  })
})

describe('callerLine, from the packed package', () => {
  const dist = '/app/node_modules/dreamlip/dist'

  it.each([
    ['CommonJS', `${dist}/index.cjs`, `${dist}/index.cjs`, '/app/loss.cjs:4:5'],
    ['ES modules', `file://${dist}/chunk-AB.js`, `file://${dist}/chunk-CD.js`, 'file:///app/loss.js:4:5'],
    [
      'pnpm',
      '/app/node_modules/.pnpm/dreamlip@1/node_modules/dreamlip/dist/a.js',
      '/app/node_modules/.pnpm/dreamlip@1/node_modules/dreamlip/dist/b.js',
      '/app/loss.js:4:5',
    ],
    [
      'Vite’s server',
      'http://localhost/node_modules/.vite/deps/dreamlip.js?v=1',
      'http://localhost/node_modules/.vite/deps/chunk-1.js?v=1',
      'http://localhost/src/ops/loss.ts:4:5',
    ],
    [
      'a CDN',
      'https://cdn.test/npm/dreamlip/+esm',
      'https://cdn.test/npm/@tensorflow/tfjs-core/+esm',
      'https://site.test/loss.js:4:5',
    ],
    [
      'Windows',
      String.raw`C:\app\node_modules\dreamlip\dist\index.cjs`,
      String.raw`C:\app\node_modules\@tensorflow\tfjs-core\dist\a.js`,
      String.raw`C:\app\my loss.cjs:4:5`,
    ],
  ])('finds the line of a caller in %s', (_, home, other, place) => {
    expect(callerLine(stackOf(`${home}:1:1`, `${other}:1:1`, place), home)).toBe(place)
  })

  it('reads the stacks of Firefox and Safari', () => {
    const stack = 'unrecordable@https://site.test/dreamlip.js:1:1\nloss@https://site.test/loss.js:4:5\n'
    expect(callerLine(stack, 'https://site.test/dreamlip.js')).toBe('https://site.test/loss.js:4:5')
  })

  it('finds nothing if the caller is bundled into the same file', () => {
    expect(
      callerLine(stackOf('https://site.test/app.js:1:1', 'https://site.test/app.js:2:2'), 'https://site.test/app.js'),
    ).toBe(undefined)
    expect(callerLine(undefined, '')).toBe(undefined)
  })
})

it('innermostFile names the file that a stack was taken in', () => {
  expect(innermostFile(new Error().stack)).toMatch(/caller\.test\.ts$/)
})

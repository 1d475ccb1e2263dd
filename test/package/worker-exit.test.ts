/** Processes with a model in a worker, from the built package: each exits by itself, with code 0, in every way of ending. */
import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { afterAll, expect, it } from 'vitest'

const folder = mkdtempSync(join(tmpdir(), 'dreamlip-exit-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const photo = resolve('examples/photos/rocket.jpg')
const packages = {
  import: `import { DreamLIP } from ${JSON.stringify(pathToFileURL(resolve('dist/node/index.js')).href)}`,
  require: `const { DreamLIP } = require(${JSON.stringify(resolve('dist/index.cjs'))})`,
}
/** ONNX Runtime and sharp are loaded in the worker, in threads of the worker, and, with `here`, in the main thread too. */
const work = `
  const model = await DreamLIP.load(undefined, { worker: true })
  const here = process.argv.at(-1) === 'here' ? await DreamLIP.load() : undefined
  const photos = Array(12).fill(${JSON.stringify(photo)})
  await Promise.all([model.encodeImage(photos), here?.encodeImage(photos)])
  console.log('computed')
`
const endings = {
  'without dispose': '',
  'with dispose': 'model.dispose()',
  'with Symbol.asyncDispose': 'await model[Symbol.asyncDispose]()',
  'with process.exit during a call': 'model.encodeImage(photos).catch(() => {}); setTimeout(() => process.exit(0), 30)',
  'with dispose during a call': 'model.encodeImage(photos).catch(() => {}); setTimeout(() => model.dispose(), 30)',
}

/** How often each ending is tried: native modules do not crash every time. */
const times = Number(process.env.DREAMLIP_EXITS ?? 1)

const cases = Object.keys(endings).flatMap((ending) => [[ending, 'alone'] as const, [ending, 'here'] as const])
it.each(cases)(
  'ends %s, %s',
  (ending, where) => {
    for (let i = 0; i < times; i++) {
      const code = `${packages.import}\n${work}\n${endings[ending as keyof typeof endings]}`
      const script = join(folder, 'script.mjs')
      writeFileSync(script, code)
      const { status, signal, stdout, stderr } = spawnSync(process.execPath, [script, where], {
        encoding: 'utf8',
        timeout: 100_000,
      })
      expect({ status, signal, stdout, stderr }).toEqual({ status: 0, signal: null, stdout: 'computed\n', stderr: '' })
    }
  },
  200_000 * times,
)

it('ends after CommonJS has loaded it', () => {
  const code = `${packages.require}; void (async () => { ${work} })()`
  const { status, signal, stdout, stderr } = spawnSync(process.execPath, ['--eval', code, 'alone'], {
    encoding: 'utf8',
    timeout: 100_000,
  })
  expect({ status, signal, stdout, stderr }).toEqual({ status: 0, signal: null, stdout: 'computed\n', stderr: '' })
}, 200_000)

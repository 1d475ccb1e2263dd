/** The default model of verbs, run as a process. */
import { expect, it } from 'vitest'
import { DreamLIP } from '../../src/index'
import { model, run, runJson } from './command'

/** Native libraries may print lines first, such as the loader of WebGPU drivers in `check`. */
const remark = /(?:^|\n)dreamlip: using emoji-scenes, the small model inside the package.*\n$/
const texts = ['a red heart', 'the moon above a house']

interface Embedded {
  model: string
  texts: { vectors: number[][] }
}

it('is the one inside the package, and standard error says so', async () => {
  const { code, document, stderr } = await runJson<Embedded>(['embed', '--texts', ...texts])
  const inside = await DreamLIP.load()
  const { data } = await inside.encodeText(texts)
  inside.dispose()
  expect([code, document.model]).toEqual([0, 'emoji-scenes'])
  expect(stderr).toMatch(remark)
  expect(document.texts.vectors.flat()).toEqual([...data])
})

it('can be selected by its name', async () => {
  const { code, stderr } = await run(['check', '--model', 'emoji-scenes'])
  expect(code).toBe(0)
  expect(stderr).toMatch(remark)
})

it('is neither used nor mentioned if another is named', async () => {
  const { document, stderr } = await runJson<Embedded>(['embed', '-m', model, '--texts', ...texts])
  expect([document.model, stderr]).toEqual([model, ''])
})

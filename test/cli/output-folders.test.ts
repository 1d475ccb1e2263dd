/** Output folders are created only when there is something to write: a wrong input leaves nothing behind. */
import { existsSync, writeFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { model, photos, run, temporaryFolder } from './command'

const inFolder = temporaryFolder()
const broken = inFolder('broken.png')
writeFileSync(broken, 'no picture')
const noModel = inFolder('broken.pt')
writeFileSync(noModel, 'no model')

describe('a wrong input leaves no folder behind', () => {
  it.each([
    ['convert', [noModel, inFolder('out', 'model.safetensors')]],
    ['embed', ['-m', noModel, photos[0]!, '--out', inFolder('out', 'a.npy')]],
    ['embed', ['-m', model, '--device', 'cpu', broken, '--out', inFolder('out', 'a.npy')]],
    ['export', ['-m', noModel, '--part', 'image', '--out', inFolder('out', 'a.onnx')]],
    ['ground', ['-m', noModel, photos[0]!, '--text', 'a cat', '--out', inFolder('out')]],
  ])('%s %j', async (verb, args) => {
    const { code, stderr } = await run([verb, ...args])
    expect([code, stderr]).toEqual([1, expect.stringContaining('broken.')])
    expect(existsSync(inFolder('out'))).toBe(false)
  })
})

describe('an output folder that cannot be created', () => {
  it.each([
    ['convert', [model, inFolder('broken.pt', 'model.safetensors')]],
    ['embed', ['-m', model, photos[0]!, '--out', inFolder('broken.pt', 'a.npy')]],
  ])('ends %s before it loads the model', async (verb, args) => {
    const { code, stderr } = await run([verb, ...args])
    expect([code, stderr]).toEqual([1, expect.stringContaining('the folder could not be created')])
  })
})

it('convert creates the folders above its output', async () => {
  const path = inFolder('new', 'folder', 'model.safetensors')
  expect((await run(['convert', model, path])).code).toBe(0)
  expect(existsSync(path)).toBe(true)
})

/** Runs the code in docs/compile.md. */
import { readFileSync } from 'node:fs'
import * as tf from '@tensorflow/tfjs-core'
import { expect, it } from 'vitest'
import { lossAndGradients, train } from '../../examples/compile-loss'
import { compile } from '../../src/index'

const page = readFileSync('docs/compile.md', 'utf8')
const [first, second] = [...page.matchAll(/```ts\n(.*?)```/gs)].map(([, code]) => code!)

it('shows the example as it is', () => {
  expect(second).toBe(readFileSync('examples/compile-loss.ts', 'utf8'))
})

it('the first example gives what its comment says', async () => {
  const body = first!.replace(/^import .*\n/gm, '')
  const run = new Function('tf', 'compile', 'console', `return (async () => {${body}})()`) as (
    ...given: unknown[]
  ) => Promise<void>
  const printed: unknown[] = []
  await run(tf, compile, { log: (value: unknown) => printed.push(value) })
  expect(printed).toEqual([2])
  expect(first).toContain('console.log(d.data[0]) // 2')
})

it('the example learns', async () => {
  const losses = await train(30)
  expect(losses.at(-1)).toBeLessThan(losses[0]! / 2)
})

it('the gradients of the example are the slopes of its loss', async () => {
  const images = Float32Array.from({ length: 32 }, (_, i) => Math.sin(i))
  const texts = Float32Array.from({ length: 32 }, (_, i) => Math.cos(3 * i))
  const { dImages, dTexts } = await lossAndGradients({ images, texts })
  const lossAt = async (shift: number, index: number) => {
    const moved = images.map((x, i) => (i === index ? x + shift : x))
    return (await lossAndGradients({ images: moved, texts })).loss.data[0]!
  }
  for (const index of [0, 9, 31]) {
    const slope = ((await lossAt(1e-2, index)) - (await lossAt(-1e-2, index))) / 2e-2
    expect(Math.abs(slope - dImages.data[index]!)).toBeLessThan(1e-2)
  }
  expect(dTexts.data.some((slope) => slope !== 0)).toBe(true)
  await expect(lossAndGradients.device).resolves.toMatchObject({ runtime: 'compiled' })
})

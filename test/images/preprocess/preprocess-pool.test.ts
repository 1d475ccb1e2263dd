import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { describe, expect, it } from 'vitest'
import { DreamLIPError } from '../../../src/errors'
import { decodeImage } from '../../../src/images/decode/decode.node.ts'
import { preprocessImage } from '../../../src/images/preprocess/preprocess'
import { preprocessInPool } from '../../../src/images/preprocess/preprocess-pool.node.ts'
import type { ImageInput } from '../../../src/images/raw-image'
import { startWorkerThread, ThreadNotStarted } from '../../../src/concurrency/workers/worker-thread.node.ts'

const photo = 'examples/photos/rocket.jpg'
const bytes = readFileSync(photo)

describe('preprocessInPool', () => {
  const kinds: Record<string, () => ImageInput | Promise<ImageInput>> = {
    'a path': () => photo,
    'a file URL': () => pathToFileURL(photo),
    'a data URL': () => `data:image/jpeg;base64,${bytes.toString('base64')}`,
    'a blob URL': () => URL.createObjectURL(new Blob([bytes])),
    'a Blob': () => new Blob([bytes]),
    'an ArrayBuffer': () => new Uint8Array(bytes).buffer,
    'a part of a buffer': () => partOf(bytes),
    'decoded pixels': () => decodeImage(photo),
  }
  it.each(Object.keys(kinds))('gives the pixels of preprocessImage for %s', async (kind) => {
    const image = await kinds[kind]!()
    const here = await preprocessImage(photo, { size: 64 })
    expect(await preprocessInPool(image, { size: 64 })).toEqual(here)
    // The caller's buffer is still usable.
    expect(await preprocessImage(image, { size: 64 })).toEqual(here)
  })

  it('passes options on', async () => {
    const options = { size: 32, resizeMode: 'longest', mean: [0, 0, 0], std: [1, 1, 1] } as const
    expect(await preprocessInPool(photo, options)).toEqual(await preprocessImage(photo, options))
  })

  it.each([
    ['missing.jpg', 'SOURCE_UNREADABLE', /missing\.jpg/],
    [new Uint8Array(40), 'IMAGE_INVALID', /cannot be decoded/],
    [{ data: new Uint8Array(5), width: 2, height: 2, channels: 3 as const }, 'IMAGE_INVALID', /got 2 × 2 × 3/],
    [null as unknown as string, 'INVALID_ARGUMENT', /got null/],
    [(() => 1) as unknown as string, 'INVALID_ARGUMENT', /got a function/],
  ])('throws for %j what preprocessImage throws', async (image, code, message) => {
    const here = (await preprocessImage(image).catch((error: unknown) => error)) as Error
    const there = await preprocessInPool(image, {}).catch((error: unknown) => error)
    expect(there).toBeInstanceOf(DreamLIPError)
    expect(there).toMatchObject({ code, message: expect.stringMatching(message) })
    expect(there).toMatchObject({ message: here.message })
  })

  it('stops at once when it is aborted, and still serves others', async () => {
    const controller = new AbortController()
    const many = Array.from({ length: 20 }, () => preprocessInPool(photo, { size: 64, signal: controller.signal }))
    const other = preprocessInPool(photo, { size: 64 })
    controller.abort(new Error('enough'))
    for (const result of await Promise.allSettled(many)) {
      expect(result).toMatchObject({ status: 'rejected', reason: { message: 'enough' } })
    }
    expect((await other).shape).toEqual([3, 64, 64])
    await expect(preprocessInPool(photo, { signal: controller.signal })).rejects.toThrow('enough')
  })

  it('adds one listener to a signal, however many images share it', async () => {
    const warnings: Error[] = []
    const warn = (warning: Error) => warnings.push(warning)
    process.on('warning', warn)
    const { signal } = new AbortController()
    await Promise.all(Array.from({ length: 40 }, () => preprocessInPool(photo, { size: 8, signal })))
    process.off('warning', warn)
    expect(warnings).toEqual([])
  })

  it('keeps a process alive until its images are done, and no longer', () => {
    const script = `
      const { preprocessInPool } = await import('./src/images/preprocess/preprocess-pool.node.ts')
      preprocessInPool('${photo}', { size: 8 }).then(({ data }) => console.log(data.length))`
    const args = ['--import', 'tsx', '--input-type=module', '--eval', script]
    const stdout = execFileSync(process.execPath, args, { encoding: 'utf8', timeout: 30_000 })
    expect(stdout.trim()).toBe('192')
  })
})

describe('a worker thread', () => {
  const fileOf = (name: string) => pathToFileURL(resolve('test/images/workers', name))

  it.each([
    ['exits.ts', /exit code 3/],
    ['out-of-memory.ts', /Array buffer allocation failed/],
  ])('that dies fails all its tasks and never hangs: %s', async (name, message) => {
    const thread = startWorkerThread(fileOf(name))
    const tasks = [thread.run(photo), thread.run(photo)]
    expect(thread.load).toBe(2)
    for (const result of await Promise.allSettled(tasks)) {
      const reason = { name: 'DreamLIPError', code: 'WORKER_FAILED', message: expect.stringMatching(message) }
      expect(result).toMatchObject({ status: 'rejected', reason })
    }
    expect([thread.alive, thread.load]).toEqual([false, 0])
  })

  it('that never starts is an error', async () => {
    const thread = startWorkerThread(fileOf('missing.ts'))
    await expect(thread.run(photo)).rejects.toBeInstanceOf(ThreadNotStarted)
  })
})

/** A view of the bytes in the middle of a larger buffer. */
function partOf(bytes: Uint8Array): Uint8Array {
  const larger = new Uint8Array(bytes.length + 18)
  larger.set(bytes, 9)
  return larger.subarray(9, 9 + bytes.length)
}

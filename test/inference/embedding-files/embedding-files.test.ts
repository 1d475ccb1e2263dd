/** Embeddings written to files, and read from files, Blobs, bytes and servers. */
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { npyBytes, readEmbeddings, safetensorsBlob, saveEmbeddings, savePyTorch } from '../../../src/index.node.ts'
import { sendBytes, serve, type TestServer } from '../../server/server'

const folder = mkdtempSync(join(tmpdir(), 'dreamlip-embeddings-'))
const inFolder = (name: string) => join(folder, name)
afterAll(() => rmSync(folder, { recursive: true }))

const two = () => ({ data: Float32Array.of(1, 2, 3, 4), shape: [2, 2] as [number, number] })
const one = () => ({ data: Float32Array.of(5, 6), shape: [1, 2] as [number, number] })
const images = () => ({ ...two(), names: ['a.jpg', 'b “c”.jpg'] })
const texts = () => ({ ...one(), names: ['a cat'] })

describe.each(['npy', 'safetensors'])('saveEmbeddings and readEmbeddings with .%s', (ending) => {
  it('keep rows and names', async () => {
    const path = inFolder(`named.${ending}`)
    expect(await saveEmbeddings(path, images())).toEqual([path])
    expect(await readEmbeddings(path)).toEqual(images())
    expect(await readEmbeddings(pathToFileURL(path))).toEqual(images())
    expect(await readEmbeddings(path, { names: false })).toEqual(two())
  })

  it('need no names, and forget those of what was there before', async () => {
    const path = inFolder(`nameless.${ending}`)
    await saveEmbeddings(path, images())
    await saveEmbeddings(path, one())
    expect(await readEmbeddings(path)).toEqual(one())
  })

  it('read bytes and Blobs', async () => {
    const path = inFolder(`bytes.${ending}`)
    await saveEmbeddings(path, two())
    const bytes = readFileSync(path)
    for (const source of [new Uint8Array(bytes), new Blob([bytes]), new Uint8Array(bytes).buffer]) {
      expect(await readEmbeddings(source)).toEqual(two())
    }
  })
})

describe('saveEmbeddings', () => {
  it('puts images and texts into one safetensors file, each under its name', async () => {
    const path = inFolder('both.safetensors')
    await saveEmbeddings(path, { images: images(), texts: texts() }, { metadata: { model: 'm' } })
    expect(await readEmbeddings(path, { tensor: 'image_embeddings' })).toEqual(images())
    expect(await readEmbeddings(path, { tensor: 'text_embeddings' })).toEqual(texts())
    await expect(readEmbeddings(path)).rejects.toMatchObject({
      code: 'INVALID_ARGUMENT',
      message: expect.stringMatching(
        /both\.safetensors: expected one tensor .*found 'image_embeddings, text_embeddings'\. Name the one to read/,
      ) as string,
    })
    await expect(readEmbeddings(path, { tensor: 'x' })).rejects.toThrow(/expected the tensor 'x'/)
  })

  it('puts images and texts into two .npy files, and one of them into one', async () => {
    const [ofImages, ofTexts] = [inFolder('both.images.npy'), inFolder('both.texts.npy')]
    const both = { images: images(), texts: texts() }
    expect(await saveEmbeddings(inFolder('both.npy'), both)).toEqual([ofImages, ofTexts])
    expect(await readEmbeddings(ofImages)).toEqual(images())
    expect(await readEmbeddings(ofTexts)).toEqual(texts())
    expect(await saveEmbeddings(inFolder('texts.npy'), { texts: texts() })).toEqual([inFolder('texts.npy')])
    expect(existsSync(inFolder('both.npy'))).toBe(false)
  })

  it('refuses what cannot be written, before it writes', async () => {
    const before = readdirSync(folder)
    const wrong = (path: string, embeddings: object) => saveEmbeddings(inFolder(path), embeddings as never)
    await expect(wrong('a.txt', two())).rejects.toThrow(/path: expected a name that ends in \.npy or \.safetensors/)
    await expect(wrong('a.npy', { ...two(), names: ['x'] })).rejects.toThrow(/names: expected 2 strings, one per row/)
    await expect(wrong('a.npy', { images: { ...two(), names: [1, 2] } })).rejects.toThrow(/^images\.names: expected/)
    await expect(wrong('a.npy', { ...two(), shape: [3, 2] })).rejects.toThrow(/embeddings\.data: expected 3 rows of 2/)
    await expect(wrong('a.npy', { images: undefined })).rejects.toThrow(/embeddings: expected embeddings of images/)
    expect(readdirSync(folder)).toEqual(before)
  })

  it('writes nothing once it is aborted', async () => {
    const signal = AbortSignal.abort(new Error('enough'))
    for (const name of ['aborted.npy', 'aborted.safetensors']) {
      await expect(saveEmbeddings(inFolder(name), two(), { signal })).rejects.toThrow('enough')
      expect(existsSync(inFolder(name))).toBe(false)
    }
  })
})

describe('readEmbeddings', () => {
  it('takes an array with one axis for one row', async () => {
    const bytes = npyBytes({ data: Float32Array.of(5, 6), shape: [2] })
    expect(await readEmbeddings(bytes)).toEqual(one())
  })

  it('widens float16 and rounds float64 of safetensors, and passes other tensors over', async () => {
    const blob = await safetensorsBlob({
      ids: { data: Int32Array.of(1, 2), shape: [1, 2], dtype: 'int32' },
      cube: { data: new Float32Array(8), shape: [2, 2, 2], dtype: 'float32' },
      half: { data: Float32Array.of(5, 6), shape: [1, 2], dtype: 'float16' },
    })
    expect(await readEmbeddings(blob)).toEqual(one())
    const doubles = { data: Float64Array.of(5, 6), shape: [1, 2], dtype: 'float64' as const }
    expect(await readEmbeddings(await safetensorsBlob({ doubles }))).toEqual(one())
  })

  it('reads a tensor that PyTorch saved by its name', async () => {
    const path = inFolder('vectors.pt')
    await savePyTorch(path, { vectors: { ...two(), dtype: 'float32' } } as never)
    expect(await readEmbeddings(path)).toEqual(two())
  })

  it('says that names do not fit, and how to do without', async () => {
    await saveEmbeddings(inFolder('stale.npy'), images())
    writeFileSync(inFolder('stale.rows.json'), '["a.jpg"]')
    await expect(readEmbeddings(inFolder('stale.npy'))).rejects.toMatchObject({
      code: 'DATA_INVALID',
      message: expect.stringMatching(
        /stale\.rows\.json: expected 2 strings, one per row; got an array of 1\..*names: false/,
      ) as string,
    })
    expect(await readEmbeddings(inFolder('stale.npy'), { names: false })).toEqual(two())
    const image = { ...two(), dtype: 'float32' as const }
    const blob = await safetensorsBlob({ image_embeddings: image }, { images: 'not JSON' })
    await expect(readEmbeddings(blob)).rejects.toThrow(
      /the metadata 'images': expected 2 strings.*got a value that is not an array/,
    )
  })

  it('says what the bytes are if they are no embeddings', async () => {
    await expect(readEmbeddings(new TextEncoder().encode('<!doctype html><p>Log in'))).rejects.toMatchObject({
      code: 'FORMAT_UNKNOWN',
      message: expect.stringMatching(/web page/) as string,
    })
    await expect(readEmbeddings(inFolder('missing.npy'))).rejects.toMatchObject({ code: 'SOURCE_UNREADABLE' })
    const whole = { ids: { data: Int32Array.of(1), shape: [1], dtype: 'int32' as const } }
    await expect(readEmbeddings(await safetensorsBlob(whole))).rejects.toThrow(/expected one tensor .*; found none\.$/)
  })
})

describe('readEmbeddings from a server', () => {
  let server: TestServer
  beforeAll(async () => {
    await saveEmbeddings(inFolder('served.npy'), images())
    await saveEmbeddings(inFolder('served.safetensors'), { images: images() })
    await saveEmbeddings(inFolder('alone.npy'), two())
    server = await serve((request, response) => {
      const file = inFolder(request.url!.split('?')[0]!.slice(1))
      if (request.headers.authorization !== 'Bearer x') response.writeHead(401).end()
      else if (!existsSync(file)) response.writeHead(404).end()
      else sendBytes(readFileSync(file), request, response)
    })
  })
  afterAll(() => server.close())
  const headers = { Authorization: 'Bearer x' }

  it('reads rows and names', async () => {
    for (const name of ['served.npy', 'served.safetensors']) {
      expect(await readEmbeddings(`${server.url}/${name}`, { headers })).toEqual(images())
    }
    expect(await readEmbeddings(new URL(`${server.url}/alone.npy?v=2`), { headers })).toEqual(two())
  })

  it('asks for no names if told so', async () => {
    const before = server.requests.length
    await readEmbeddings(`${server.url}/served.npy`, { headers, names: false })
    expect(server.requests.slice(before).filter((request) => request.includes('json'))).toEqual([])
  })

  it('passes its refusal on, and ends when aborted', async () => {
    await expect(readEmbeddings(`${server.url}/served.npy`)).rejects.toMatchObject({ code: 'HTTP_STATUS' })
    const signal = AbortSignal.abort(new Error('enough'))
    await expect(readEmbeddings(`${server.url}/served.npy`, { signal })).rejects.toThrow('enough')
  })
})

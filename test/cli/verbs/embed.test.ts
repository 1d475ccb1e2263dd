/** `dreamlip embed`, run as a process. */
import { copyFileSync, existsSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs'
import sharp from 'sharp'
import { describe, expect, it } from 'vitest'
import { readCheckpoint } from '../../../src/checkpoint/read-checkpoint'
import { DreamLIP } from '../../../src/index.node.ts'
import { largestDifference } from '../../ops/compare'
import { sendBytes, serve } from '../../server/server'
import { model, photos, run, runJson, temporaryFolder } from '../command'

const inFolder = temporaryFolder()
const golden = JSON.parse(readFileSync('examples/golden/golden.json', 'utf8')) as {
  texts: string[]
  image_features: number[][]
  text_features: number[][]
}

interface Part {
  shape: number[]
  names: string[]
  file?: string
  vectors?: number[][]
}
interface Embedded {
  device: string
  images: Part
  texts: Part
  truncated: { index: number; tokens: number }[]
  skipped: { image: string; code: string }[]
}

/** Shape and values of a `.npy` file of float32. */
function readNpy(path: string): { shape: number[]; data: Float32Array } {
  const bytes = readFileSync(path)
  const start = 10 + bytes.readUInt16LE(8)
  const header = bytes.toString('latin1', 10, start)
  expect(header).toContain("'descr': '<f4', 'fortran_order': False")
  const shape = /'shape': \(([^)]*)\)/.exec(header)![1]!.split(',').map(Number)
  return { shape, data: new Float32Array(Uint8Array.from(bytes.subarray(start)).buffer) }
}

function brokenAmongPhotos(name: string): string {
  const folder = inFolder(name)
  mkdirSync(folder)
  photos.forEach((photo, i) => copyFileSync(photo, inFolder(name, `${i}-${photo.split('/').pop()}`)))
  writeFileSync(inFolder(name, '1-broken.jpg'), 'no image')
  return folder
}

describe('dreamlip embed', () => {
  it("writes PyTorch's numbers for images as .npy, with the names of the rows next to it", async () => {
    const { code, stdout } = await run(['embed', '-m', model, ...photos, '--out', inFolder('photos.npy')])
    expect([code, stdout]).toEqual([0, `${inFolder('photos.npy')}: images [3, 32]\n`])
    const { shape, data } = readNpy(inFolder('photos.npy'))
    expect(shape).toEqual([3, 32])
    expect(largestDifference([...data], golden.image_features.flat())).toBeLessThan(1e-5)
    expect(JSON.parse(readFileSync(inFolder('photos.rows.json'), 'utf8'))).toEqual(photos)
  })

  it('writes images and texts into one safetensors file, with the names of the rows in its metadata', async () => {
    const out = inFolder('new', 'folder', 'both.safetensors')
    const texts = ['--texts', ...golden.texts]
    expect((await run(['embed', '-m', model, '--images', ...photos, ...texts, '-o', out])).code).toBe(0)
    const { tensors, metadata, close } = await readCheckpoint(out)
    const images = (await tensors.get('image_embeddings')!.read()) as Float32Array
    const rows = (await tensors.get('text_embeddings')!.read()) as Float32Array
    await close()
    expect(largestDifference([...images], golden.image_features.flat())).toBeLessThan(1e-5)
    expect(largestDifference([...rows], golden.text_features.flat())).toBeLessThan(1e-5)
    expect(JSON.parse(metadata['images'] as string)).toEqual(photos)
    expect(JSON.parse(metadata['texts'] as string)).toEqual(golden.texts)
  })

  it("names the model in the file, but not the key in its URL's query", async () => {
    const server = await serve((request, response) => sendBytes(readFileSync(model), request, response))
    const out = inFolder('remote.safetensors')
    const { code } = await run(['embed', '-m', `${server.url}/golden.pt?key=secret`, '-t', 'a', '-o', out])
    await server.close()
    const { metadata, close } = await readCheckpoint(out)
    await close()
    expect([code, metadata['model']]).toEqual([0, `${server.url}/golden.pt`])
  })

  it('writes two .npy files if there are images and texts', async () => {
    const args = ['embed', '-m', model, photos[0]!, '-t', 'a cat', '-o', inFolder('two.npy')]
    const { document } = await runJson<Embedded>(args)
    expect([document.images.file, document.texts.file]).toEqual([inFolder('two.images.npy'), inFolder('two.texts.npy')])
    expect(readNpy(inFolder('two.texts.npy')).shape).toEqual([1, 32])
  })

  it('prints the vectors themselves with --json and without --out', async () => {
    const { code, document } = await runJson<Embedded>(['embed', '-m', model, '-t', golden.texts[0]!])
    expect(code).toBe(0)
    expect(document.texts.names).toEqual([golden.texts[0]])
    expect(largestDifference(document.texts.vectors![0]!, golden.text_features[0]!)).toBeLessThan(1e-5)
    expect(document.images).toBeUndefined()
  })

  it('takes folders, patterns and lists of images on standard input', async () => {
    const names = (part: string) => ['embed', '-m', model, part]
    const folder = await runJson<Embedded>(names('examples/photos'))
    const pattern = await runJson<Embedded>(names('examples/ph*/**/c*.png'))
    const list = await runJson<Embedded>(names('-'), { input: `${photos[2]}\r\n\n${photos[0]}\n` })
    expect(folder.document.images.names).toEqual(photos)
    expect(pattern.document.images.names).toEqual(photos.slice(0, 2))
    expect(list.document.images.names).toEqual([photos[2], photos[0]])
  })

  it('takes each line of a file as a text, even an empty one', async () => {
    const { document } = await runJson<Embedded>(['embed', '-m', model, '--text-file', '-'], { input: 'a\r\n\nb\n' })
    expect(document.texts.names).toEqual(['a', '', 'b'])
  })

  it('says which texts were cut', async () => {
    const { document, stderr } = await runJson<Embedded>(['embed', '-m', model, '-t', 'a', '-t', 'word '.repeat(90)])
    expect(document.truncated).toEqual([{ index: 1, tokens: 92 }])
    expect(stderr).toContain('texts longer than 77 tokens were cut: text 2 (92 tokens).')
  })

  it('embeds whole long texts with --long or --context-length', async () => {
    const sentence = 'one two three four five'
    const texts = ['-t', `${sentence}. `.repeat(20), '-t', sentence]
    const [whole, longer] = await Promise.all([
      runJson<Embedded>(['embed', '-m', model, ...texts, '--long', 'sentences']),
      runJson<Embedded>(['embed', '-m', model, ...texts, '--context-length', '248']),
    ])
    const [all, one] = whole.document.texts.vectors!
    expect(largestDifference(all!, one!)).toBeLessThan(1e-5)
    for (const { document, stderr } of [whole, longer]) {
      expect(document.truncated).toEqual([])
      expect(stderr).not.toContain('were cut')
    }
  })
})

describe('a large photograph', () => {
  it('is decoded at a smaller size with --decode fast', async () => {
    const path = inFolder('large.jpg')
    await sharp(photos[0]).resize(1600, 1200, { fit: 'fill' }).jpeg().toFile(path)
    const { document } = await runJson<Embedded>(['embed', '-m', model, path, '--decode', 'fast'])
    const here = await DreamLIP.load(model)
    const [exact, fast] = [await here.encodeImage(path), await here.encodeImage(path, { decode: 'fast' })]
    here.dispose()
    expect(largestDifference(document.images.vectors![0]!, fast.data)).toBeLessThan(1e-6)
    expect(largestDifference(exact.data, fast.data)).toBeGreaterThan(1e-6)
  })
})

describe('a broken image', () => {
  it('ends the run with its name, and nothing is written', async () => {
    const folder = brokenAmongPhotos('stops')
    const { code, stdout, stderr } = await run(['embed', '-m', model, folder, '-o', inFolder('stopped.npy')])
    expect([code, stdout]).toEqual([1, ''])
    expect(stderr).toMatch(
      /^dreamlip: .*1-broken\.jpg: expected an image .*\(--skip-broken leaves such images out\.\)\n$/,
    )
    expect(existsSync(inFolder('stopped.npy'))).toBe(false)
  })

  it('is left out and named with --skip-broken', async () => {
    const folder = brokenAmongPhotos('goes-on')
    const args = ['embed', '-m', model, folder, '--skip-broken', '-o', inFolder('rest.npy')]
    const { code, document, stderr } = await runJson<Embedded>(args)
    expect(code).toBe(0)
    expect(document.skipped).toMatchObject([{ image: inFolder('goes-on', '1-broken.jpg'), code: 'IMAGE_INVALID' }])
    expect(stderr).toMatch(/^dreamlip: left out: .*1-broken\.jpg/)
    expect(document.images.names.map((name) => name.split('-').pop())).toEqual([
      'chelsea.png',
      'coffee.png',
      'rocket.jpg',
    ])
    expect(largestDifference([...readNpy(inFolder('rest.npy')).data], golden.image_features.flat())).toBeLessThan(1e-5)
  })

  it('fails even with --skip-broken if no image is left', async () => {
    writeFileSync(inFolder('only.jpg'), '')
    const { code, stderr } = await run([
      'embed',
      '-m',
      model,
      inFolder('only.jpg'),
      '--skip-broken',
      '-o',
      inFolder('x.npy'),
    ])
    expect(code).toBe(1)
    expect(stderr).toContain('The only image cannot be read.')
    expect(readdirSync(inFolder()).filter((name) => name.startsWith('x.'))).toEqual([])
  })
})

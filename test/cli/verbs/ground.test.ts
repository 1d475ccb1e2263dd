/** `dreamlip ground`, run as a process. */
import { decodeImage } from '#images/decode'
import { readFileSync, readdirSync } from 'node:fs'
import { expect, it } from 'vitest'
import { DreamLIP, drawHeatMap } from '../../../src/index'
import { model, photos, run, runJson, temporaryFolder } from '../command'

const inFolder = temporaryFolder()
const caption = 'A tabby cat looks past the camera. Its eyes are green!'

interface Grounded {
  size: number[]
  attention: string
  maps: { text: string; file: string; range: [number, number]; peak: { x: number; y: number; cosine: number } }[]
  page: string
}

it('writes the drawn heat map of each sentence, named after it, and a page that shows all', async () => {
  const { code, stdout } = await run([
    'ground',
    '-m',
    model,
    photos[0]!,
    '--text',
    caption,
    '--out',
    inFolder('a', 'maps'),
  ])
  expect(code).toBe(0)
  const files = ['chelsea-1-a-tabby-cat-looks-past-the-camera.png', 'chelsea-2-its-eyes-are-green.png']
  expect(readdirSync(inFolder('a', 'maps')).sort()).toEqual([...files, 'index.html'])
  const page = readFileSync(inFolder('a', 'maps', 'index.html'), 'utf8')
  for (const file of files) {
    expect(stdout).toContain(file)
    expect(page).toContain(`src="${file}"`)
  }

  const loaded = await DreamLIP.load(model)
  const maps = await loaded.ground(photos[0]!, caption)
  loaded.dispose()
  const image = await decodeImage(photos[0]!)
  for (const [i, map] of maps.entries()) {
    const picture = await decodeImage(inFolder('a', 'maps', files[i]!))
    expect([picture.width, picture.height]).toEqual([451, 300])
    expect(picture.data).toEqual(drawHeatMap(image, map).data)
  }
})

it('says where each phrase fits best, and how well', async () => {
  const args = ['ground', '-m', model, photos[2]!, '-t', 'a rocket', '-t', '空 & <b>', '-o', inFolder('phrases')]
  const { document } = await runJson<Grounded>([...args, '--attention', 'value', '--shared-range'])
  expect(document).toMatchObject({ size: [640, 427], attention: 'value' })
  expect(document.maps.map(({ text }) => text)).toEqual(['a rocket', '空 & <b>'])
  expect(document.maps[1]!.file).toBe(inFolder('phrases', 'rocket-2-空-b.png'))
  expect(document.maps[0]!.range).toEqual(document.maps[1]!.range)

  const loaded = await DreamLIP.load(model)
  const maps = await loaded.ground(photos[2]!, ['a rocket', '空 & <b>'], { attention: 'value' })
  loaded.dispose()
  const highest = maps.map(({ data }) => data.reduce((a, b) => Math.max(a, b)))
  expect(document.maps.map(({ peak }) => peak.cosine)).toEqual(highest)
  expect(document.maps[0]!.range[1]).toBe(Math.max(...highest))
  expect(maps.map(({ data }, i) => data[document.maps[i]!.peak.y * 640 + document.maps[i]!.peak.x])).toEqual(highest)
  expect(readFileSync(document.page, 'utf8')).toContain('空 &#38; &#60;b&#62;')
})

it('reads all of a long phrase with --long', async () => {
  const phrase = 'a cat with green eyes and a ball '.repeat(30)
  const options = { long: 'windows' } as const
  const args = ['ground', '-m', model, photos[0]!, '-t', phrase, '-t', 'a cat', '-o', inFolder('long')]
  const { document } = await runJson<Grounded>([...args, '--long', options.long])
  const loaded = await DreamLIP.load(model)
  const [whole, cut] = [
    await loaded.ground(photos[0]!, [phrase, 'a cat'], options),
    await loaded.ground(photos[0]!, [phrase, 'a cat'], { long: 'truncate' }),
  ]
  loaded.dispose()
  const peakOf = ({ data }: { readonly data: Float32Array }) => data.reduce((most, value) => Math.max(most, value))
  expect(document.maps[0]!.range[1]).toBeCloseTo(peakOf(whole[0]!), 5)
  expect(document.maps[0]!.range[1]).not.toBeCloseTo(peakOf(cut[0]!), 5)
})

it('fails before it loads the model if the file is not an image', async () => {
  const { code, stderr } = await run(['ground', '-m', 'no-model.pt', 'package.json', '-t', 'a', '-o', inFolder('none')])
  expect(code).toBe(1)
  expect(stderr).toMatch(/^dreamlip: package\.json: expected an image/)
})

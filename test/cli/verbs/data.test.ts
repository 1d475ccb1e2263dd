/** `dreamlip data`, run as a process. */
import { cpSync, existsSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { describe, expect, it } from 'vitest'
import { LongCaptionDataset } from '../../../src/data/dataset.node.ts'
import { decodeImage } from '../../../src/images/decode/decode.node.ts'
import { collect } from '../../data/collect'
import { pythonHas, runPython } from '../../parity/python'
import { run, runJson, temporaryFolder } from '../command'

const inFolder = temporaryFolder()
cpSync('test/fixtures/data/layouts', inFolder('data'), { recursive: true })
const csv = inFolder('data', 'released.csv')

interface Inspected {
  size: number
  read: number
  captions: Record<string, number>
  subcaptions: { counts: number[]; mean: number }
  subcaptionTokens: { largest: number }
  missing: string[]
}

describe('dreamlip data inspect', () => {
  it('counts samples, captions, sub-captions, tokens and missing images, and draws the lengths', async () => {
    cpSync(csv, inFolder('data', 'missing.csv'))
    rmSync(inFolder('data', 'images', '3.png'))
    const args = ['data', 'inspect', inFolder('data', 'missing.csv'), '--out', inFolder('lengths.png')]
    const { code, document } = await runJson<Inspected>(args)
    cpSync('test/fixtures/data/layouts/images/3.png', inFolder('data', 'images', '3.png'))
    expect([code, document.size, document.read, document.missing]).toEqual([0, 7, 7, ['images/3.png']])
    expect(document.captions).toMatchObject({ raw: 7, shortIB: 7, longLLA: 7 })
    // Four samples with six captions of one piece each, three samples with six captions of two pieces.
    expect([document.subcaptions.counts[6], document.subcaptions.counts[12]]).toEqual([4, 3])
    expect(document.subcaptionTokens.largest).toBeGreaterThan(5)
    expect(await decodeImage(inFolder('lengths.png'))).toMatchObject({ channels: 3 })
  })

  it('says what it guessed about columns, and accepts names for them', async () => {
    writeFileSync(inFolder('data', 'guess.csv'), 'my_image_path,some_text,other\nimages/0.png,a cat,A dog. A bus.\n')
    const guessed = await run(['data', 'inspect', inFolder('data', 'guess.csv')])
    expect(guessed.stderr).toContain('"some_text" is used as raw')
    const columns = ['--columns', 'image=my_image_path,longSV=other']
    const { document } = await runJson<Inspected>(['data', 'inspect', inFolder('data', 'guess.csv'), ...columns])
    expect(document.subcaptions.counts[2]).toBe(1)
    expect((await run(['data', 'inspect', csv, '--columns', 'picture=a'])).code).toBe(2)
  })
})

describe('dreamlip data inspect of other people’s data', () => {
  it('says how the data was read, and which samples cannot be read', async () => {
    writeFileSync(inFolder('data', 'lines.jsonl'), '{"image": "images/0.png", "caption": "A cat."}\n{"image"\n')
    const { stdout } = await run(['data', 'inspect', inFolder('data', 'lines.jsonl')])
    expect(stdout).toMatch(/layout +jsonl/)
    expect(stdout).toMatch(/unreadable +1 × json\n.*at byte 47: it is not JSON/)
    const { document } = await runJson<{ layouts: string[] }>(['data', 'inspect', inFolder('data', 'lines.jsonl')])
    expect(document.layouts).toEqual(['jsonl'])
  })

  it('refuses a source without captions, and names its columns', async () => {
    writeFileSync(inFolder('data', 'bare.csv'), 'image,width\nimages/0.png,7\n')
    const { code, document } = await runJson<{ error: { code: string; message: string } }>([
      ...['data', 'inspect', inFolder('data', 'bare.csv')],
    ])
    expect([code, document.error.code]).toEqual([1, 'DATA_INVALID'])
    expect(document.error.message).toContain('expected a column of captions; the columns are "image", "width"')
  })

  it('reads files outside of the data’s folder only if that is allowed', async () => {
    const picture = resolve('test/fixtures/data/layouts/images/0.png')
    const rows = Array.from({ length: 20 }, (_, i) => `${picture},number ${i}\n`)
    writeFileSync(inFolder('data', 'absolute.csv'), `image,caption\n${rows.join('')}`)
    const args = ['data', 'inspect', inFolder('data', 'absolute.csv')]
    expect((await run(args)).stderr).toContain('--allow-absolute')
    const { document } = await runJson<Inspected>([...args, '--allow-absolute'])
    expect([document.size, document.missing]).toEqual([20, []])
  })
})

describe('dreamlip data convert', () => {
  const shards = inFolder('shards')

  it('writes shards that contain the same records', async () => {
    const { code, document } = await runJson(['data', 'convert', csv, shards, '--samples-per-shard', '3'])
    expect([code, document]).toEqual([0, expect.objectContaining({ samples: 7, shards: 3, kept: 0, skipped: {} })])
    const before = await collect((await LongCaptionDataset.open(csv)).readings())
    const after = await collect((await LongCaptionDataset.open(shards)).readings())
    const captions = (reading: (typeof before)[number]) =>
      'record' in reading && [reading.record.raw, reading.record.captions]
    expect(after.map(captions)).toEqual(before.map(captions))
    const [first] = after
    expect('record' in first! && first.record.image).toEqual(
      new Uint8Array(readFileSync(inFolder('data', 'images', '0.png'))),
    )
  })

  it('continues with the shards that are missing', async () => {
    rmSync(inFolder('shards', '000001.tar'))
    const sizes = JSON.parse(readFileSync(inFolder('shards', 'sizes.json'), 'utf8')) as Record<string, number>
    delete sizes['000001.tar']
    writeFileSync(inFolder('shards', 'sizes.json'), JSON.stringify(sizes))
    const { mtimeMs } = statSync(inFolder('shards', '000000.tar'))
    const { document } = await runJson(['data', 'convert', csv, shards, '--samples-per-shard', '3'])
    expect(document).toMatchObject({ samples: 7, shards: 3, kept: 2 })
    expect(statSync(inFolder('shards', '000000.tar')).mtimeMs).toBe(mtimeMs)
    expect(existsSync(inFolder('shards', '000001.tar'))).toBe(true)
  })

  it.skipIf(!pythonHas('webdataset', 'PIL'))('writes shards that webdataset reads', async () => {
    const script = `
import sys, json, webdataset as wds
samples = wds.WebDataset(sys.argv[1:], shardshuffle=False).decode("pil")
print(json.dumps([[s["__key__"], s["png"].size, s["json"]["raw_caption"]] for s in samples]))`
    const paths = [0, 1, 2].map((i) => inFolder('shards', `00000${i}.tar`))
    const samples = JSON.parse(runPython(script, paths)) as unknown[]
    expect(samples).toHaveLength(7)
    expect(samples[3]).toEqual(['000000003', [16, 12], 'raw 3, ü'])
  })

  it.skipIf(process.platform === 'win32')(
    'says so when the disk is full, and continues when there is room',
    async () => {
      const into = inFolder('full')
      const args = ['data', 'convert', csv, into, '--samples-per-shard', '3']
      // Files may have at most 4 KiB, which is less than a shard.
      const full = await run(args, { limits: 'ulimit -f 4' })
      expect([full.code, full.stderr]).toEqual([
        1,
        expect.stringMatching(/full\/000000\.tar: could not be written: EFBIG/),
      ])
      expect(readdirSync(into)).toEqual(['dreamlip-shards.json', 'sizes.json'])
      const { document } = await runJson(args)
      expect(document).toMatchObject({ samples: 7, shards: 3, kept: 0 })
      expect(readFileSync(inFolder('full', '000001.tar')).equals(readFileSync(inFolder('shards', '000001.tar')))).toBe(
        true,
      )
    },
  )

  it('refuses another shard size and other data, and replaces the shards with --restart', async () => {
    const args = ['data', 'convert', csv, shards, '--samples-per-shard', '4']
    const refused = await run(args)
    expect([refused.code, refused.stderr]).toEqual([
      1,
      expect.stringContaining('started with 3 samples per shard, not 4'),
    ])
    const { document } = await runJson([...args, '--restart'])
    expect(document).toMatchObject({ samples: 7, shards: 2, kept: 0 })
    const itself = await run(['data', 'convert', shards, shards, '--restart'])
    expect([itself.code, itself.stderr]).toEqual([2, expect.stringContaining('the data is in this folder')])
  })

  it('finds the files of URLs by their names, and counts those that are missing', async () => {
    const lines = ['https://a.b/c/0.png?w=9#x', 'http://d.e/1.png', 'https://f.g/none.jpg', '%zz/2.png']
    writeFileSync(inFolder('data', 'urls.csv'), `image,caption\n${lines.map((url, i) => `${url},${i}\n`).join('')}`)
    const args = [inFolder('data', 'urls.csv'), inFolder('urls'), '--images', inFolder('data', 'images'), '--by-name']
    const { document } = await runJson(['data', 'convert', ...args])
    expect(document).toMatchObject({ samples: 3, skipped: { image: 1 } })
    const { stderr, code } = await run([
      'data',
      'convert',
      inFolder('data', 'urls.csv'),
      inFolder('urls2'),
      '--by-name',
    ])
    expect([code, stderr]).toEqual([2, expect.stringContaining('--by-name needs --images')])
  })

  it('leaves out files that are not images, and stops when there are too many of them', async () => {
    writeFileSync(inFolder('data', 'bad.csv'), 'image,caption\nimages/0.png,a\nreleased.csv,b\nnowhere.jpg,c\n')
    const args = ['data', 'convert', inFolder('data', 'bad.csv'), inFolder('bad')]
    const stopped = await run(args)
    expect([stopped.code, stopped.stderr]).toEqual([
      1,
      expect.stringContaining('expected to leave out at most 1 sample; the next one is '),
    ])
    expect(existsSync(inFolder('bad', '000000.tar'))).toBe(false)
    const { document } = await runJson([...args, '--max-skipped', '2'])
    expect(document).toMatchObject({ samples: 1, skipped: { image: 2 } })
  })
})

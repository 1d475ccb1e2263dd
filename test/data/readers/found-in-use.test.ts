/** Files found in practice, for which the first guess about the layout is wrong. */
import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { LongCaptionDataset } from '../../../src/index.node.ts'

async function open(name: string, content: string | Uint8Array) {
  const folder = mkdtempSync(join(tmpdir(), 'dreamlip-in-use-'))
  writeFileSync(join(folder, name), content)
  const data = await LongCaptionDataset.open(join(folder, name))
  const samples: unknown[] = []
  for await (const reading of data.readings()) {
    samples.push(
      'record' in reading
        ? [String(reading.record.image as string).replace(`${folder}/`, ''), reading.record.raw]
        : reading.problem.message,
    )
  }
  return { samples, guesses: data.guesses.join('\n') }
}

describe('a table', () => {
  it('without a header is separated by tabs, even if all captions contain the same number of commas', async () => {
    const rows = [0, 1, 2].map((i) => `https://host/${i}.jpg?a=1,2\tA cat, and a dog.`).join('\n')
    expect((await open('a.tsv', rows)).samples[1]).toEqual(['https://host/1.jpg?a=1,2', 'A cat, and a dog.'])
  })

  it('may name its delimiter in the first line, as Excel does', async () => {
    expect((await open('a.csv', 'sep=;\r\nimage;caption\r\na.jpg;A.\r\n')).samples).toEqual([['a.jpg', 'A.']])
  })

  it('may number the captions of an image, as Flickr8k does', async () => {
    expect((await open('a.token.txt.tsv', 'a.jpg#0\tA.\na.jpg#1\tB.\n')).samples).toEqual([
      ['a.jpg', 'A.'],
      ['a.jpg', 'B.'],
    ])
  })

  it('warns if several columns have the name of one that is read', async () => {
    expect((await open('a.csv', 'image,image,caption\na.jpg,b.jpg,A.\n')).guesses).toContain('several columns')
  })

  it('reads no caption from pandas’s NaN, and refuses an object', async () => {
    const { samples } = await open('a.csv', `image,caption\na.jpg,NaN\nb.jpg,"{'en': 'B.'}"\nc.jpg,C.\n`)
    expect(samples).toEqual([['a.jpg', ''], expect.stringContaining('got an object'), ['c.jpg', 'C.']])
  })
})

describe('JSON Lines', () => {
  const two = [0, 1].map((i) => ({ image: `${i}.jpg`, caption: 'A.' }))
  it.each([
    ['ended by carriage returns', two.map((one) => JSON.stringify(one)).join('\r')],
    ['without ends', two.map((one) => JSON.stringify(one)).join('')],
    ['printed over several lines', two.map((one) => JSON.stringify(one, null, 2)).join('\n')],
  ])('%s are read', async (_, content) => {
    expect((await open('a.jsonl', content)).samples).toEqual([
      ['0.jpg', 'A.'],
      ['1.jpg', 'A.'],
    ])
  })
})

describe('a source without samples', () => {
  it.each([
    ['a header alone', 'a.csv', 'image,caption\n', 'DATA_EMPTY'],
    ['an empty list', 'a.json', '[]', 'DATA_EMPTY'],
    ['a list of words', 'a.json', '["a", "b"]', 'DATA_INVALID'],
    ['a pointer of Git LFS', 'a.tar', 'version https://git-lfs.github.com/spec/v1\nsize 9\n', 'DATA_INVALID'],
  ])('%s is refused', async (_, name, content, code) => {
    await expect(open(name, content)).rejects.toMatchObject({ code })
  })
})

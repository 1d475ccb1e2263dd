import { describe, expect, it } from 'vitest'
import { readOwnPairs } from '../../../../src/evaluation/datasets/retrieval/own-pairs.node.ts'
import { imageFile, writeDataSet } from '../files'

describe('own pairs', () => {
  it('reads images with text files, a caption per line', async () => {
    const folder = writeDataSet({
      'a.jpg': imageFile,
      'a.txt': 'A stamp with a bear.\nA brown bear. It has a hat.\n',
      'b.jpg': imageFile,
      'b.txt': '?',
      'c.jpg': imageFile,
    })
    const set = await readOwnPairs(folder)
    expect(set).toMatchObject({ task: 'retrieval', split: 'all', isLong: true })
    expect(set.samples.map(({ captions }) => captions)).toEqual([
      ['A stamp with a bear.', 'A brown bear. It has a hat.'],
      [],
    ])
    expect(set.problems.map(({ reason }) => reason).sort()).toEqual([
      'caption-empty',
      'captions-missing',
      'sample-pair',
    ])
  })

  it('reads a table, in which a caption may have several lines', async () => {
    const folder = writeDataSet({
      'pairs.csv': 'image,caption\na.jpg,"One line\nand another"\nb.jpg,Short\nb.jpg,Again\n',
      'a.jpg': imageFile,
      'b.jpg': imageFile,
    })
    const set = await readOwnPairs(`${folder}/pairs.csv`)
    expect(set.samples.map(({ id, captions }) => [id, ...captions])).toEqual([
      ['a.jpg', 'One line\nand another'],
      ['b.jpg', 'Short', 'Again'],
    ])
    expect(set.isLong).toBe(false)
  })

  it('refuses data without a pair', async () => {
    await expect(readOwnPairs(writeDataSet({ 'a.jpg': imageFile }))).rejects.toMatchObject({ code: 'DATA_EMPTY' })
  })
})

/** CLIP_benchmark's WebDataset layout, written by Python's webdataset, from a folder and from a server. */
import { copyFileSync, cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { readWebDataset } from '../../../../../src/evaluation/datasets/classification/web-dataset/web-dataset.node.ts'
import { classifySet, DreamLIP, type ClassificationSet } from '../../../../../src/index.node.ts'
import { pythonHas, runPythonFile } from '../../../../parity/python'
import { sendBytes, serve } from '../../../../server/server'
import { smallConfig } from '../../../small-model'

const told = ({ problems }: ClassificationSet) => problems.map(({ item, reason }) => `${reason}: ${item}`)

describe.skipIf(!pythonHas('webdataset', 'PIL'))('readWebDataset', () => {
  const root = mkdtempSync(join(tmpdir(), 'dreamlip-wds-'))
  const colours = join(root, 'wds_colours')
  beforeAll(() => void runPythonFile('test/parity/classification.py', ['wds', root]), 120_000)
  afterAll(() => rmSync(root, { recursive: true }))

  /** A copy of the set with other files. */
  function changed(name: string, change: (folder: string) => void): string {
    const folder = join(root, name)
    cpSync(colours, folder, { recursive: true })
    change(folder)
    return folder
  }

  it('reads classes, prompts, images and labels of all shards', async () => {
    const set = await readWebDataset(colours)
    expect(set).toMatchObject({
      name: 'wds_colours',
      split: 'test',
      classes: ['red', 'sea green', 'blue'],
      problems: [],
    })
    expect(set.templates).toEqual(['a photo of {}.', 'the {}.'])
    expect(set.samples.map(({ id, classes }) => [id, ...classes])).toEqual([
      ['test/0.tar/s0000000', 0],
      ['test/0.tar/s0000001', 2],
      ['test/1.tar/s0000002', 1],
    ])
    const model = await DreamLIP.create(smallConfig, { seed: 3, device: 'cpu' })
    const { problems, details } = await classifySet(model, set)
    expect(problems).toEqual([])
    expect(details.perClass!.map(({ count }) => count)).toEqual([1, 1, 1])
    const several = await readWebDataset(join(root, 'wds_several'))
    expect(several.samples.map(({ classes }) => classes)).toEqual([[0, 2], [], [1]])
    const { figures } = await classifySet(model, several)
    expect(figures.meanAveragePrecision).toBeGreaterThan(0)
    model.dispose()
  })

  it('reads the same from a server, and asks for an image only when it is needed', async () => {
    const server = await serve((request, response) => {
      const path = join(root, new URL(request.url!, 'http://localhost').pathname)
      try {
        sendBytes(readFileSync(path), request, response)
      } catch {
        response.writeHead(404).end()
      }
    })
    try {
      const set = await readWebDataset(`${server.url}/wds_colours/`)
      const here = await readWebDataset(colours)
      expect(set.samples.map(({ id, classes }) => [id, classes])).toEqual(
        here.samples.map(({ id, classes }) => [id, classes]),
      )
      const before = server.requests.length
      const bytes: number[] = []
      for await (const chunk of set.samples[2]!.image as AsyncIterable<Uint8Array>) bytes.push(...chunk)
      expect(server.requests.length).toBeGreaterThan(before)
      expect(bytes).toEqual([...new Uint8Array(await (here.samples[2]!.image as Blob).arrayBuffer())])
    } finally {
      await server.close()
    }
  })

  it('names shards that are missing or cut off, and keeps the other samples', async () => {
    const missing = changed('missing', (folder) => rmSync(join(folder, 'test/1.tar')))
    const first = await readWebDataset(missing)
    expect([first.samples.length, ...told(first)]).toEqual([2, 'shard-missing: test/1.tar'])
    const cut = changed('cut', (folder) => {
      const shard = join(folder, 'test/0.tar')
      writeFileSync(shard, readFileSync(shard).subarray(0, 3000))
    })
    const second = await readWebDataset(cut)
    expect(told(second)).toEqual(['shard-damaged: test/0.tar'])
    expect(second.samples.map(({ id }) => id)).toContain('test/1.tar/s0000002')
  })

  it('names samples without a label of the set', async () => {
    const fewer = changed('fewer', (folder) => writeFileSync(join(folder, 'classnames.txt'), 'red\nsea green\n'))
    const set = await readWebDataset(fewer)
    expect(told(set)).toEqual(['sample-unreadable: test/0.tar/s0000001'])
    expect(set.problems[0]!.message).toContain('expected a label from 0 to 1; got "2"')
    const mixed = changed('mixed', (folder) =>
      copyFileSync(join(root, 'wds_several/test/0.tar'), join(folder, 'test/0.tar')),
    )
    expect((await readWebDataset(mixed)).problems[0]!.message).toContain(
      'expected its label in a file .cls; there is none',
    )
  })

  it('asks for class names and shards', async () => {
    await expect(readWebDataset(root)).rejects.toThrow(/expected classnames.txt, with one class per line/)
    await expect(readWebDataset(colours, { split: 'train' })).rejects.toThrow(/expected shards 0.tar, 1.tar, …/)
    const wrong = changed('wrong', (folder) => writeFileSync(join(folder, 'test/nshards.txt'), 'two'))
    await expect(readWebDataset(wrong)).rejects.toThrow(/nshards.txt: expected the number of shards; got "two"/)
  })
})

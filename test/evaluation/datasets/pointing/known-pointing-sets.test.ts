import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import fc from 'fast-check'
import { afterAll, describe, expect, it } from 'vitest'
import {
  parseAnnotation,
  parseSentences,
} from '../../../../src/evaluation/datasets/pointing/flickr30k-entities.node.ts'
import { pointingSets } from '../../../../src/evaluation/datasets/pointing/known-pointing-sets.node.ts'
import { parseXml } from '../../../../src/evaluation/datasets/pointing/simple-xml'
import { pythonHas, runPython } from '../../../parity/python'

const folder = mkdtempSync(join(tmpdir(), 'dreamlip-pointing-'))
afterAll(() => rmSync(folder, { recursive: true }))

function write(root: string, files: Readonly<Record<string, string>>): string {
  for (const [name, content] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, root, name)), { recursive: true })
    writeFileSync(join(folder, root, name), content)
  }
  return join(folder, root)
}

const reference = (id: number, split: string, ...sentences: string[]) => ({
  ...{
    ref_id: id,
    ann_id: 100 + id,
    image_id: id === 3 ? 999 : 1 + (id % 2),
    category_id: 1,
    split,
    file_name: 'x.jpg',
  },
  ...{ sent_ids: [1], sentences: sentences.map((sent) => ({ tokens: sent.split(' '), raw: sent, sent_id: 1, sent })) },
})
const references = [
  reference(0, 'testA', 'the left cat', 'cat'),
  reference(1, 'val', 'a dog'),
  reference(2, 'testA', 'grey cat'),
  reference(3, 'testA', 'lost'),
  reference(4, 'testA', 'brown cat'),
]
const instances = {
  images: [1, 2].map((id) => ({ id, file_name: `COCO_train2014_00000000000${id}.jpg` })),
  annotations: [0, 1, 2, 3].map((id) => ({ id: 100 + id, bbox: [id, 1, 20, 30.5] })),
}
const expectedPhrases = [
  { text: 'the left cat', boxes: [[0, 1, 20, 30.5]] },
  { text: 'cat', boxes: [[0, 1, 20, 30.5]] },
  { text: 'grey cat', boxes: [[2, 1, 20, 30.5]] },
]

describe('RefCOCO', () => {
  const files = { 'instances.json': JSON.stringify(instances), 'train2014/COCO_train2014_000000000001.jpg': 'x' }

  it('is read from JSON: the sentences of a split with their boxes; what has no box is named', async () => {
    const root = write('json', { ...files, 'refs(unc).json': JSON.stringify(references) })
    const { samples, problems, split } = await pointingSets.refcoco!.open(root, { split: 'testA' })
    expect(split).toBe('testA')
    expect(samples).toMatchObject([{ id: 'COCO_train2014_000000000001.jpg', phrases: expectedPhrases }])
    expect(problems.map(({ item, reason }) => [item, reason])).toEqual([
      ['103', 'annotation-missing'],
      ['104', 'annotation-missing'],
    ])
    const { samples: ofVal, problems: missing } = await pointingSets.refcoco!.open(root)
    expect(ofVal[0]!.phrases).toMatchObject([{ text: 'a dog' }])
    expect(missing.map(({ reason }) => reason)).toEqual(['image-missing'])
  })

  it.skipIf(!pythonHas('pickle'))(
    'is read from a pickle; one that names a class, or is of protocol 0, is refused',
    async () => {
      const dump = (name: string, value: string, protocol: number) =>
        runPython(
          'import sys, json, pickle, collections; refs = json.loads(sys.argv[1]); pickle.dump(eval(sys.argv[2]), open(sys.argv[3], "wb"), int(sys.argv[4]))',
          [JSON.stringify(references), value, join(write(name, files), 'refs(unc).p'), String(protocol)],
        )
      dump('pickle', 'refs', 2)
      const { samples } = await pointingSets.refcoco!.open(join(folder, 'pickle'), { split: 'testA' })
      expect(samples[0]!.phrases).toEqual(expectedPhrases)
      dump('code', '[collections.Counter()]', 2)
      await expect(pointingSets.refcoco!.open(join(folder, 'code'))).rejects.toMatchObject({ code: 'PICKLE_FORBIDDEN' })
      dump('old', 'refs', 0)
      await expect(pointingSets.refcoco!.open(join(folder, 'old'))).rejects.toThrow(/convert it: python3 -c/)
    },
  )

  it('refuses files of another form', async () => {
    const open = (name: string, refs: string, list = JSON.stringify(instances)) =>
      pointingSets.refcoco!.open(write(name, { 'refs(unc).json': refs, 'instances.json': list }))
    await expect(open('a', '{}')).rejects.toThrow(/expected a list of references/)
    await expect(open('b', '[{}]')).rejects.toThrow(/number 0 has none/)
    await expect(open('c', '[]', 'null')).rejects.toThrow(/expected images and annotations/)
    await expect(open('d', '[')).rejects.toMatchObject({ code: 'DATA_INVALID' })
  })
})

const annotation = `<?xml version="1.0"?><annotation><!-- made by hand --><filename>36979.jpg</filename>
<object><name>11</name><name>12</name><bndbox><xmin>3</xmin><ymin>1</ymin><xmax>12</xmax><ymax>4</ymax></bndbox></object>
<object><name>11</name><bndbox><xmin>20</xmin><ymin>21</ymin><xmax>20</xmax><ymax>21</ymax></bndbox></object>
<object><name>13</name><scene>1</scene><nobndbox>1</nobndbox></object></annotation>`

describe('Flickr30k Entities', () => {
  it('gives the phrases that have a box, with boxes counted from 0', async () => {
    const root = write('flickr', {
      'test.txt': '36979\n65567\n',
      'Annotations/36979.xml': annotation,
      'Sentences/36979.txt':
        '[/EN#11/people A group of friends] sits in [/EN#13/scene a park] with [/EN#12/people/animals dogs] .\n[/EN#0/notvisual It] rains .\n',
      'flickr30k-images/36979.jpg': 'x',
      'flickr30k-images/65567.jpg': 'x',
      'Annotations/65567.xml': '<annotation><object></annotation>',
    })
    const { samples, problems } = await pointingSets['flickr30k-entities']!.open(root)
    expect(samples.map(({ phrases }) => phrases)).toEqual([
      [
        {
          text: 'A group of friends',
          boxes: [
            [2, 0, 10, 4],
            [19, 20, 1, 1],
          ],
        },
        { text: 'dogs', boxes: [[2, 0, 10, 4]] },
      ],
      [],
    ])
    expect(problems.map(({ item, reason }) => [item, reason])).toEqual([['65567', 'annotation-unreadable']])
    await expect(pointingSets['flickr30k-entities']!.open(folder)).rejects.toMatchObject({ code: 'DATA_INVALID' })
  })

  it('survives any annotation and any sentence', () => {
    const edits = fc.array(fc.tuple(fc.nat(annotation.length), fc.string({ maxLength: 6 })), { maxLength: 4 })
    fc.assert(
      fc.property(edits, fc.string(), (changes, any) => {
        let text = annotation
        for (const [at, inserted] of changes) text = text.slice(0, at) + inserted + text.slice(at + inserted.length)
        for (const given of [text, any]) {
          try {
            for (const boxes of parseAnnotation(given).values())
              for (const box of boxes) expect(box.every(Number.isFinite)).toBe(true)
          } catch (error) {
            expect(error).toBeInstanceOf(SyntaxError)
          }
        }
        parseSentences(`[/EN#1/a b] ${any}`)
      }),
    )
  })

  it.each([
    ['<a><b></a></b>', /<\/a> closes/],
    ['<a>', /<a> is not closed/],
    ['<a/><b/>', /expected one element/],
    ['<!DOCTYPE a [<!ENTITY x "y">]><a/>', /expected an element/],
    ['<a>&x;</a>', /unknown entity/],
    ['<a>'.repeat(40), /nested too deeply/],
  ])('refuses %s', (text, message) => {
    expect(() => parseXml(text)).toThrow(message)
  })

  it('reads attributes past, and decodes the five entities', () => {
    expect(parseXml(`<a b="1" c='>'>x &lt;&amp;&gt;&quot;&apos;</a>`)).toMatchObject({ name: 'a', text: `x <&>"'` })
  })
})

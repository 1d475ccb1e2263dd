import { describe, expect, it } from 'vitest'
import { DreamLIP } from '../../../src/index'
import { LongCaptionDataset } from '../../../src/data/dataset'
import { evaluateRetrieval } from '../../../src/evaluation/retrieval/retrieval'
import { heldOutRetrieval, retrievalValues } from '../../../src/evaluation/retrieval/held-out-retrieval'
import { photos, tiny } from '../../training/tiny'

describe('heldOutRetrieval', () => {
  it('measures what evaluateRetrieval does with all captions of each image, and their mean', async () => {
    const model = await DreamLIP.create(tiny, { seed: 1 })
    const records = photos(12)
    const evaluate = await heldOutRetrieval(LongCaptionDataset.of(records))
    const values = await evaluate(model)
    const samples = records.map(({ image, raw, captions }) => ({
      image,
      captions: [raw as string, captions.other as string],
    }))
    const { imageToText, textToImage } = await evaluateRetrieval(model, samples)
    const recalls = [1, 5, 10].flatMap((k) => [
      [`imageToText@${k}`, imageToText[k]!] as const,
      [`textToImage@${k}`, textToImage[k]!] as const,
    ])
    const meanRecall = recalls.reduce((sum, [, value]) => sum + value, 0) / 6
    expect(values).toEqual({ ...Object.fromEntries(recalls), meanRecall: expect.closeTo(meanRecall, 12) as number })
    expect(Object.keys(values)).toEqual(retrievalValues)
    model.dispose()
  })

  it('finds everything with a model that tells the samples apart', async () => {
    const model = await DreamLIP.create(tiny, { seed: 1 })
    const [first] = photos(1)
    const evaluate = await heldOutRetrieval(LongCaptionDataset.of([first!]))
    expect(new Set(Object.values(await evaluate(model)))).toEqual(new Set([1]))
    model.dispose()
  })

  it('leaves out unreadable images and captions without words, once, and names them', async () => {
    const [first, second] = photos(2)
    const damaged = { key: 'damaged.jpg', image: new Uint8Array([1, 2, 3]).buffer, raw: 'damaged', captions: {} }
    const wordless = { key: 'wordless.jpg', image: first!.image, raw: '...', captions: {} }
    const skipped: string[] = []
    const onSkip = ({ sample, reason }: { sample: string; reason: string }) => skipped.push(`${sample}: ${reason}`)
    const data = LongCaptionDataset.of([first!, damaged, wordless, second!])
    const evaluate = await heldOutRetrieval(data, { onSkip })
    expect(skipped).toEqual([
      expect.stringMatching(/^damaged\.jpg: image: /),
      'wordless.jpg: caption: no caption has words',
    ])
    const model = await DreamLIP.create(tiny, { seed: 1 })
    expect(await evaluate(model)).toEqual(
      await (
        await heldOutRetrieval(LongCaptionDataset.of([first!, second!]))
      )(model),
    )
    expect(skipped).toHaveLength(2)
    model.dispose()
  })

  it('refuses data without a usable sample, and arguments of another type', async () => {
    const wordless = { key: 'a', image: photos(1)[0]!.image, raw: '?', captions: {} }
    await expect(heldOutRetrieval(LongCaptionDataset.of([wordless]))).rejects.toMatchObject({ code: 'DATA_EMPTY' })
    await expect(heldOutRetrieval('photos' as never)).rejects.toThrow(
      /^data: expected a LongCaptionDataset; got "photos"/,
    )
    const data = LongCaptionDataset.of(photos(1))
    await expect(heldOutRetrieval(data, { skip: () => undefined } as never)).rejects.toThrow(
      'skip: unknown; did you mean onSkip?',
    )
  })

  it('can be aborted before and during the run', async () => {
    const data = LongCaptionDataset.of(photos(4))
    await expect(heldOutRetrieval(data, { signal: AbortSignal.abort() })).rejects.toMatchObject({ name: 'AbortError' })
    const model = await DreamLIP.create(tiny)
    const evaluate = await heldOutRetrieval(data)
    await expect(evaluate(model, { signal: AbortSignal.abort() })).rejects.toMatchObject({ name: 'AbortError' })
    model.dispose()
  })
})

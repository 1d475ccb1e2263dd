/** A run uses a terminal only if a progress bar is requested, and no folder if the platform has none. */
import { beforeAll, describe, expect, it, vi } from 'vitest'
import { DreamLIP, Trainer, type TrainerOptions } from '../../src/index'
import { platform as ofBrowsers } from '../../src/training/platform.browser.ts'
import { loaderOf, photos, tiny } from './tiny'

const platform = vi.hoisted(() => ({ terminal: undefined as object | undefined }))
vi.mock('../../src/training/platform.node.ts', () => ({ platform }))

let model: DreamLIP
beforeAll(async () => {
  model = await DreamLIP.create(tiny, { seed: 1 })
  return () => model.dispose()
})

const fit = (more: Partial<TrainerOptions>) =>
  new Trainer({ model, data: loaderOf(photos(8)), ...more }).fit({ steps: 2 })

describe('the progress bar', () => {
  it('is drawn only on request, on a line of the terminal’s width', async () => {
    const drawn: string[] = []
    platform.terminal = { columns: 40, write: (text: string) => drawn.push(text) }
    await fit({})
    expect(drawn).toEqual([])
    await fit({ progress: true })
    const lines = drawn.map((text) => text.replace('\r\x1b[2K', ''))
    expect(lines).toEqual([expect.stringContaining(' 1/2 '), expect.stringContaining(' 2/2 '), ''])
    expect(Math.max(...lines.map(({ length }) => length))).toBe(39)
  })

  it('needs no terminal', async () => {
    platform.terminal = undefined
    expect(await fit({ progress: true })).toMatchObject({ step: 2 })
  })
})

describe('a browser', () => {
  it('has neither folders nor a terminal, and a trainer refuses the option folder', () => {
    expect(ofBrowsers).toEqual({})
    platform.terminal = undefined
    expect(() => new Trainer({ model, data: loaderOf(photos(8)), folder: 'runs/photos' })).toThrow(
      expect.objectContaining({
        code: 'INVALID_ARGUMENT',
        message: expect.stringMatching(/^folder: .*"?'?runs\/photos.*model\.toBlob\(\)/),
      }),
    )
  })
})

import { describe, expect, it } from 'vitest'
import { modelConfigs } from '../../../src/models/config/config'
import { parameterShapes } from '../../../src/models/parameters'
import { trainedNames } from '../../../src/training/optimizer/freezing'

const config = modelConfigs['ViT-B-16']!
const names = [...parameterShapes(config).keys()]
const frozen = (freezing: Parameters<typeof trainedNames>[2]) => {
  const trained = new Set(trainedNames(names, config, freezing))
  return names.filter((name) => !trained.has(name))
}

describe('freezing', () => {
  it('trains everything by default', () => {
    expect(trainedNames(names, config)).toEqual(names)
  })

  it('freezes the whole image tower, and nothing else', () => {
    expect(frozen({ vision: true })).toEqual(names.filter((name) => name.startsWith('visual.')))
  })

  it('freezes the whole text tower without the temperature', () => {
    const text = names.filter((name) => !name.startsWith('visual.') && name !== 'logit_scale')
    expect(frozen({ text: true })).toEqual(text)
  })

  // The counts are those of open_clip's lock_image_tower and lock_text_tower on this model.
  it.each([
    [1, ['visual.proj']],
    [2, ['visual.transformer.resblocks.11.', 'visual.ln_post.', 'visual.proj']],
    [3, ['visual.transformer.resblocks.10.', 'visual.transformer.resblocks.11.', 'visual.ln_post.', 'visual.proj']],
    [99, ['visual.']],
  ])('with %i groups of the image tower unlocked trains %j', (unlocked, prefixes) => {
    const trained = trainedNames(names, config, { vision: { unlocked } }).filter((name) => name.startsWith('visual.'))
    expect(trained).toEqual(names.filter((name) => prefixes.some((prefix) => name.startsWith(prefix))))
  })

  it('unlocks the text tower’s last groups', () => {
    const trained = trainedNames(names, config, { vision: true, text: { unlocked: 2 } })
    const prefixes = ['transformer.resblocks.11.', 'ln_final.', 'text_projection', 'logit_scale']
    expect(trained).toEqual(names.filter((name) => prefixes.some((prefix) => name.startsWith(prefix))))
  })

  it('refuses to freeze everything, and refuses negative counts', () => {
    expect(() => trainedNames(['visual.proj'], config, { vision: true })).toThrow(/every parameter is frozen/)
    expect(() => trainedNames(names, config, { vision: { unlocked: -1 } })).toThrow(/freeze\.vision\.unlocked/)
  })
})

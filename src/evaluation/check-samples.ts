/** Checks of the model and the samples that all evaluations share. */
import { checkList, checkObject, wrongArgument } from '../check-arguments'
import { DreamLIP } from '../dreamlip'
import { DreamLIPError } from '../errors'
import { checkImage } from '../inference/images/image-list'

/**
 * @param expected a description of a sample, for messages
 * @throws DreamLIPError `INVALID_ARGUMENT` if there is no model, no sample, or a sample without an image
 */
export function checkSamples(model: DreamLIP, samples: readonly { readonly image: unknown }[], expected: string): void {
  if (!(model instanceof DreamLIP)) throw wrongArgument('model', 'a DreamLIP model', model)
  if (checkList('samples', samples, `an array of ${expected}`).length === 0) {
    throw new DreamLIPError('INVALID_ARGUMENT', `samples: expected ${expected}; got an empty list.`)
  }
  Array.from(samples).forEach((sample, i) => {
    checkObject(`samples[${i}]`, sample, expected)
    checkImage(`samples[${i}].image`, sample.image)
  })
}

/** The error of a model that was disposed. */
import { DreamLIPError } from '../errors'

export function disposed(): DreamLIPError {
  return new DreamLIPError('DISPOSED', 'This model was disposed, so its weights are gone. Load it again to use it.')
}

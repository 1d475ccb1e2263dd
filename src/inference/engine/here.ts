/** The engine that computes on the thread of the caller. */
import { attentionAfter, attentionOf } from '../attention'
import { deviceTensors, logitScaleOf } from '../device-tensor'
import { createRandomModel, loadModel, type LoadedModel } from '../model-files/load-model'
import { warn } from '../../warn'
import type { ModelState } from '../model-state'
import type { LoadOptions } from '../options'
import type { Engine, ModelFacts, Opening } from './engine'
import { createKeys, loadKeys, refuseUnknown } from './known-options'
import { runMethod } from './methods'

/** @throws DreamLIPError as `DreamLIP.load` and `DreamLIP.create` */
export async function openHere(opening: Opening): Promise<Engine> {
  const loaded = await openModel(opening) // checks the options
  return engineOf(loaded, (opening.options as LoadOptions).onWarning)
}

/** Places a model's weights on a device of this thread. */
export async function openModel(opening: Opening): Promise<LoadedModel> {
  const { options } = opening
  const known = 'config' in opening ? createKeys : loadKeys
  await refuseUnknown(options, known)
  return 'config' in opening ? createRandomModel(opening.config, opening.options) : loadModel(opening.source, options)
}

function engineOf(loaded: LoadedModel, onWarning?: (message: string) => void): Engine {
  const state = createModelState(loaded, onWarning)
  const { encoder } = state
  return {
    facts: factsOf(loaded),
    state,
    get attention() {
      return attentionOf(state)
    },
    set attention(attention) {
      state.chosenAttention = attention
    },
    get parameters() {
      return deviceTensors(encoder)
    },
    get logitScale() {
      return logitScaleOf(encoder)
    },
    run: (name, ...args) =>
      runMethod(state, name, args).catch((error: unknown) => {
        encoder.checkAlive()
        throw error
      }),
    checkAlive: () => encoder.checkAlive(),
    dispose: () => encoder.dispose(),
  }
}

/** The state of a new model. */
export function createModelState(
  { encoder, dtype, metadata, findTokenizer }: LoadedModel,
  onWarning = warn,
): ModelState {
  const { attention, trainedWithGrouping } = metadata
  const chosenAttention = attention === attentionAfter(trainedWithGrouping) ? undefined : attention
  return {
    ...{ encoder, dtype, tokenizer: undefined, findTokenizer, trainedWithGrouping, chosenAttention },
    ...{ onWarning, hasWarnedOfCutTexts: false },
  }
}

export function factsOf({ encoder, dtype, assumptions, source }: LoadedModel): ModelFacts {
  const { config, preprocessing, runtime } = encoder
  return { config, preprocessing, device: runtime.device, dtype, assumptions, source }
}

/** The engine that computes on the thread of the caller. */
import type { ByteSourceInput } from '../../bytes/read/open-source'
import type { ConfigInput } from '../../models/config/config'
import { attentionAfter, attentionOf } from '../attention'
import { deviceTensors, logitScaleOf } from '../device-tensor'
import { createRandomModel, loadModel, type LoadedModel } from '../model-files/load-model'
import type { ModelState } from '../model-state'
import type { CreateOptions, LoadOptions } from '../options'
import type { Engine, ModelFacts } from './engine'
import { runMethod } from './methods'

/** @throws DreamLIPError as `DreamLIP.load` */
export async function loadHere(source: ByteSourceInput | undefined, options: LoadOptions): Promise<Engine> {
  return engineOf(await loadModel(source, options))
}

/** @throws DreamLIPError as `DreamLIP.create` */
export async function createHere(config: ConfigInput, options: CreateOptions): Promise<Engine> {
  return engineOf(await createRandomModel(config, options))
}

function engineOf(loaded: LoadedModel): Engine {
  const state = createModelState(loaded)
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
export function createModelState({ encoder, dtype, metadata }: LoadedModel): ModelState {
  const { attention, trainedWithGrouping } = metadata
  const chosenAttention = attention === attentionAfter(trainedWithGrouping) ? undefined : attention
  return { encoder, dtype, tokenizer: undefined, trainedWithGrouping, chosenAttention }
}

export function factsOf({ encoder, dtype, assumptions, source }: LoadedModel): ModelFacts {
  const { config, preprocessing, runtime } = encoder
  return { config, preprocessing, device: runtime.device, dtype, assumptions, source }
}

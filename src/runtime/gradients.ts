/** Registers tfjs's gradients, which `@tensorflow/tfjs-core` does not do by default. */
// Loaded before the gradients, which contain a copy of tfjs's classes: the copy that is loaded first creates the engine.
import '@tensorflow/tfjs-core'
import '@tensorflow/tfjs-core/dist/register_all_gradients.js'
import { addTensorMethods } from '../ops/tfjs-internals'

addTensorMethods()

/** Registers tfjs's gradients, which `@tensorflow/tfjs-core` does not do by default. */
import '@tensorflow/tfjs-core/dist/register_all_gradients.js'
import { addTensorMethods } from '../ops/tfjs-internals'

addTensorMethods()

/** Registers tfjs's gradients, which `@tensorflow/tfjs-core` leaves out unless they are asked for. */
import '@tensorflow/tfjs-core/dist/register_all_gradients.js'
// The gradients of products, and of gathers in batches, call these two as methods of tensors.
import '@tensorflow/tfjs-core/dist/public/chained_ops/reshape.js'
import '@tensorflow/tfjs-core/dist/public/chained_ops/slice.js'

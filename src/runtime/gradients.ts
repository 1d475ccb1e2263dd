/** Registers tfjs's gradients, which `@tensorflow/tfjs-core` leaves out unless they are asked for. */
import { reshape, slice, Tensor } from '@tensorflow/tfjs-core'
import '@tensorflow/tfjs-core/dist/register_all_gradients.js'

/** Methods of tensors that tfjs-core leaves out too, and that the gradients of products and of gathers in batches call. */
const methods = {
  reshape(this: Tensor, shape: number[]) {
    return reshape(this, shape)
  },
  slice(this: Tensor, begin: number | number[], size?: number | number[]) {
    return slice(this, begin, size)
  },
}
Object.entries(methods)
  .filter(([name]) => !(name in Tensor.prototype))
  .forEach(([name, method]) =>
    Object.defineProperty(Tensor.prototype, name, { value: method, writable: true, configurable: true }),
  )

/** Registers tfjs's gradients, which `@tensorflow/tfjs-core` does not do by default. */
import { reshape, slice, Tensor } from '@tensorflow/tfjs-core'
import '@tensorflow/tfjs-core/dist/register_all_gradients.js'

/** Methods of tensors that tfjs-core does not register either. The gradients of products and of batched gathers call them. */
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

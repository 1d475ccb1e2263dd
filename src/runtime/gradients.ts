/** Registers tfjs's gradients, which `@tensorflow/tfjs-core` leaves out unless they are asked for. */
import '@tensorflow/tfjs-core/dist/register_all_gradients.js'

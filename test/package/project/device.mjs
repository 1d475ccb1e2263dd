/** Prints the device chosen for the options and the reason, or the error: `node device.mjs checkpoint options`. */
import '@tensorflow/tfjs-backend-cpu'
import { getBackend, setBackend } from '@tensorflow/tfjs-core'
import { DreamLIP } from 'dreamlip'

const [checkpoint, options] = process.argv.slice(2)
await setBackend('cpu')
const result = await DreamLIP.load(checkpoint, JSON.parse(options)).then(
  ({ device }) => device,
  ({ code, message }) => ({ code, message }),
)
console.log(JSON.stringify({ ...result, activeBackend: getBackend() }))

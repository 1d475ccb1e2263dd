/** A digest of a model, which distinguishes its embeddings from those of other models. */
import { checkCall } from '../check-arguments'
import { DreamLIPError } from '../errors'
import { toOpenCLIPConfig } from '../models/config/to-open-clip'
import { readParameter } from './device-tensor'
import type { Encoder } from './encoder'
import type { PreloadOptions } from './options'

export type FingerprintOptions = Omit<PreloadOptions, 'towers'>

/** `DreamLIP.fingerprint`: SHA-256 over the config, the preprocessing, and the digest of each parameter, in the order of their names. */
export async function fingerprintOf(encoder: Encoder, options: FingerprintOptions): Promise<string> {
  const { signal, onProgress } = checkCall(options)
  const { config, preprocessing, weights } = encoder
  await weights.need(undefined, { signal, onProgress })
  const parameters: (readonly [name: string, shape: readonly number[], digest: string])[] = []
  for (const name of [...weights.names].sort()) {
    signal?.throwIfAborted()
    const values = bytesOf(await readParameter(encoder, name))
    parameters.push([name, weights.shape(name), await sha256(values)])
  }
  encoder.checkAlive() // a disposed model has no parameters
  const { mean, std, resizeMode, interpolation } = preprocessing
  const described = { config: toOpenCLIPConfig(config), mean, std, resizeMode, interpolation, parameters }
  return sha256(new TextEncoder().encode(JSON.stringify(described)))
}

function bytesOf(values: Float32Array): Uint8Array<ArrayBuffer> {
  return new Uint8Array(values.buffer as ArrayBuffer, values.byteOffset, values.byteLength)
}

async function sha256(bytes: Uint8Array<ArrayBuffer>): Promise<string> {
  // Browsers provide it only on HTTPS pages and on localhost.
  const { subtle } = globalThis.crypto
  if (!subtle) {
    throw new DreamLIPError(
      'DEVICE_UNAVAILABLE',
      'fingerprint: expected a page that may use crypto.subtle; this one came over plain HTTP. Serve the page over HTTPS.',
    )
  }
  const digest = new Uint8Array(await subtle.digest('SHA-256', bytes))
  return Array.from(digest, (byte) => byte.toString(16).padStart(2, '0')).join('')
}

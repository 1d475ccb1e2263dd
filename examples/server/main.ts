/**
 * An HTTP service over a folder of pictures: embeds, classifies, grounds and searches. It answers in JSON.
 *
 *     npx tsx examples/server/main.ts
 *     npx tsx examples/server/main.ts my-photos 8080
 */
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { DreamLIP, listImages } from 'dreamlip'
import { createService } from './service'

const [folder = 'examples/scenes', port = '8080'] = process.argv.slice(2)

// The worker keeps this thread free for requests. More calls than this are answered with 503.
const options = { worker: true, queue: { maxWaiting: 200 } }
const model = await DreamLIP.load(process.env.DREAMLIP_MODEL, options) // without a path: the small model inside the package
await model.preload() // so that no request waits for weights, and a damaged file shows now
const paths = await listImages(folder)
const images = await model.encodeImage(paths) // [paths, embedDim], once for all searches

const service = createService({ model, paths, images })
service.listen(Number(port), process.env.HOST ?? '127.0.0.1')
await once(service, 'listening')
const url = `http://127.0.0.1:${(service.address() as AddressInfo).port}`
console.log(`${paths.length} pictures. Ask for example:`)
console.log(`  curl '${url}/search?text=some%20food%20at%20night'`)
console.log(`  curl --data-binary @examples/scenes/rocket.png '${url}/classify?labels=a%20rocket,a%20bell,a%20cat'`)
console.log(`  curl '${url}/metrics'`)

/** Takes no more requests, answers those that it has, and ends. A second signal ends it at once. */
async function stop(): Promise<void> {
  service.close()
  service.closeIdleConnections()
  await once(service, 'close')
  await model[Symbol.asyncDispose]()
}
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.once(signal, () => {
    process.once(signal, () => process.exit(1))
    void stop()
  })
}

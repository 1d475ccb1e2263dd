/** The peer of `examples/server`: POST /embed and GET /health, written with transformers.js in the style of its documentation. */
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { basename, dirname } from 'node:path'
import { buffer } from 'node:stream/consumers'
import { importPeer } from './peers'

interface Transformers {
  readonly env: { localModelPath: string; allowRemoteModels: boolean }
  readonly RawImage: { fromBlob(blob: Blob): Promise<unknown> }
  readonly AutoProcessor: { from_pretrained(name: string): Promise<(image: unknown) => Promise<object>> }
  readonly CLIPVisionModelWithProjection: {
    from_pretrained(
      name: string,
      options: object,
    ): Promise<(inputs: object) => Promise<{ image_embeds: { data: Float32Array } }>>
  }
}

const [folder] = process.argv.slice(2) as [string]
const { env, RawImage, AutoProcessor, CLIPVisionModelWithProjection } =
  await importPeer<Transformers>('@huggingface/transformers')
Object.assign(env, { localModelPath: dirname(folder), allowRemoteModels: false })
const processor = await AutoProcessor.from_pretrained(basename(folder))
const model = await CLIPVisionModelWithProjection.from_pretrained(basename(folder), { device: 'cpu', dtype: 'fp32' })

const server = createServer((request, response) => {
  const answer = async () => {
    if (request.method === 'GET') return { status: 'ok' }
    const image = await RawImage.fromBlob(new Blob([new Uint8Array(await buffer(request))]))
    return { embedding: [...(await model(await processor(image))).image_embeds.data] }
  }
  answer().then(
    (body) => response.writeHead(200, { 'Content-Type': 'application/json' }).end(JSON.stringify(body)),
    (error: unknown) => response.writeHead(500).end(String(error)),
  )
})
server.listen(0, '127.0.0.1')
await once(server, 'listening')
console.log(`http://127.0.0.1:${(server.address() as AddressInfo).port}`)

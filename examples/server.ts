/**
 * An HTTP server that searches a folder of pictures and classifies pictures sent to it. It answers in JSON.
 *
 *     npx tsx examples/server.ts
 *     npx tsx examples/server.ts my-photos 8080
 */
import { readdir } from 'node:fs/promises'
import { createServer, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { arrayBuffer } from 'node:stream/consumers'
import { cosineSimilarity, DreamLIP, DreamLIPError } from 'dreamlip'

const [folder = 'examples/scenes', port = '8080'] = process.argv.slice(2)
const largestPicture = 20_000_000 // bytes

const model = await DreamLIP.load(process.env.DREAMLIP_MODEL) // without a path: the small model inside the package
const files = (await readdir(folder)).filter((file) => /\.(jpe?g|png|webp|avif|gif)$/i.test(file))
const images = await model.encodeImage(files.map((file) => join(folder, file))) // [files, embedDim], once for all queries

const routes: Readonly<Record<string, (query: URLSearchParams, request: IncomingMessage) => Promise<object>>> = {
  async 'GET /search'(query) {
    const { data } = cosineSimilarity(await model.encodeText(query.get('text') ?? ''), images) // [1, files]
    const hits = files.map((file, i) => ({ file, cosine: data[i]! })).sort((a, b) => b.cosine - a.cosine)
    return { hits: hits.slice(0, 3) }
  },
  async 'POST /classify'(query, request) {
    const labels = (query.get('labels') ?? '').split(',')
    const picture = new Blob([await arrayBuffer(request)]) // bytes only: a client must not name files or addresses to read
    const [scores] = await model.classify(picture, labels, { templates: ['{}'] })
    return { scores }
  },
}

const server = createServer((request, response) => {
  const send = (status: number, body: object) =>
    response.writeHead(status, { 'Content-Type': 'application/json' }).end(JSON.stringify(body))
  const { pathname, searchParams } = new URL(request.url!, 'http://localhost')
  const route = routes[`${request.method} ${pathname}`]
  if (!route) return send(404, { error: `Routes: ${Object.keys(routes).join(', ')}` })
  if (Number(request.headers['content-length'] ?? 0) > largestPicture) return send(413, { error: 'too large' })
  route(searchParams, request).then(
    (body) => send(200, body),
    (error: unknown) => {
      const isClients = error instanceof DreamLIPError // its message says what is wrong with the request
      send(isClients ? 400 : 500, isClients ? { code: error.code, error: error.message } : { error: 'internal error' })
    },
  )
})
server.listen(Number(port), '127.0.0.1', () => {
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  console.log(`${files.length} pictures. Ask for example:`)
  console.log(`  curl '${url}/search?text=some%20food%20at%20night'`)
  console.log(`  curl --data-binary @examples/scenes/rocket.png '${url}/classify?labels=a%20rocket,a%20bell,a%20cat'`)
})

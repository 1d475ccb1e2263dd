/** Cache Storage as a place for files: each is stored as the response to a made-up URL. */
import type { Path, Place } from './place'

export async function openCacheStorage(): Promise<Place> {
  const cache = await caches.open('dreamlip')
  const addressOf = (path: Path) => ['https://dreamlip.invalid', ...path].join('/')
  /** The rest of each URL that starts with the path. */
  const below = async (path: Path) => {
    const start = addressOf([...path, ''])
    return (await cache.keys()).flatMap(({ url }) => (url.startsWith(start) ? [url.slice(start.length)] : []))
  }
  return {
    names: async (path) => [...new Set((await below(path)).map((rest) => rest.split('/')[0]!))],
    read: async (path) => (await cache.match(addressOf(path)))!.blob(),
    write: (path, bytes) => cache.put(addressOf(path), new Response(bytes as Uint8Array<ArrayBuffer>)),
    async remove(path) {
      const paths = [path, ...(await below(path)).map((rest) => [...path, rest])]
      await Promise.all(paths.map((path) => cache.delete(addressOf(path))))
    },
  }
}

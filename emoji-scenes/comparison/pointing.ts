/** Pointing at boxes, as benchmarks of photographs measure it. */
import { pointSet, type DreamLIP } from 'dreamlip'
import type { TestScene } from './test-scenes'

/** The share of sentences for which the highest point of the heat map is in the box of the thing that the sentence describes. */
export async function pointsInBoxes(model: DreamLIP, scenes: readonly TestScene[]): Promise<number> {
  const samples = scenes.map(({ scene, captions, image }, i) => ({
    id: String(i),
    image,
    phrases: captions.long.flatMap(({ text, object }) => {
      if (object === null) return []
      const { left, top, width, height } = scene.objects[object]!.box
      return [
        {
          text,
          boxes: [[left * image.width, top * image.height, width * image.width, height * image.height]] as const,
        },
      ]
    }),
  }))
  const set = { task: 'pointing', name: 'EmojiScenes', split: 'all', samples, problems: [] } as const
  const { figures } = await pointSet(model, set)
  return figures['pointing']!
}

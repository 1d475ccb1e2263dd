/** Measures a model on drawings of the Open Clip Art Library. */
import { cosineSimilarity, type DreamLIP, type RawImage } from 'dreamlip'
import { drawOnWhite } from '../comparison/draw-on-white'
import { measureNaming } from '../comparison/naming'
import { recallAt } from '../comparison/recall'
import type { Measures } from '../comparison/report-table'
import { listDrawings, oneForEachTitle, type Drawing } from './drawings'

/**
 * - `names`: drawings whose title is a kind's name, among the names of all kinds.
 * - `known titles`: retrieval by title among one drawing for each title that names a kind.
 * - `all titles`: the same among one drawing for each title, of which the model knows few.
 */
export async function measureOpenclipart(model: DreamLIP, folder: string): Promise<Measures> {
  const drawings = listDrawings(folder)
  const known = await draw(
    model,
    drawings.filter(({ kind }) => kind),
  )
  const { measures } = await measureNaming(
    model,
    known.map(({ image, kind }) => ({ image, kind: kind! })),
  )
  const all = await draw(model, oneForEachTitle(drawings))
  return {
    ...measures,
    'drawings named': known.length,
    ...(await recalls(
      model,
      'known titles',
      all.filter(({ kind }) => kind),
    )),
    ...(await recalls(model, 'all titles', all)),
    titles: all.length,
  }
}

type Drawn = Drawing & { readonly image: RawImage }

async function draw(model: DreamLIP, drawings: readonly Drawing[]): Promise<Drawn[]> {
  const drawn: Drawn[] = []
  for (const drawing of drawings) {
    const image = await drawOnWhite(drawing.path, model.config.vision.imageSize)
    if (image) drawn.push({ ...drawing, image })
  }
  return drawn
}

async function recalls(model: DreamLIP, name: string, drawn: readonly Drawn[]): Promise<Measures> {
  const titles = await model.encodeText(drawn.map(({ title }) => title))
  const images = await model.encodeImage(
    drawn.map(({ image }) => image),
    { batchSize: 64 },
  )
  const similarities = cosineSimilarity(titles, images) // [titles, images]
  return { [`${name} R@1`]: recallAt(1, similarities), [`${name} R@10`]: recallAt(10, similarities) }
}

/** Refuses an index whose vectors do not match the caller's. */
import { DreamLIPError } from '../../../errors'

/** @param name of the index @throws DreamLIPError `INDEX_MISMATCH` */
export function checkSame(
  name: string,
  found: { readonly width: number; readonly model?: string },
  { width, model }: { readonly width?: number; readonly model?: string },
): void {
  const differs = (what: string, expected: unknown, came: unknown) =>
    new DreamLIPError(
      'INDEX_MISMATCH',
      `${name}: expected vectors with ${what} ${String(expected)}; the index has ${String(came)}. ` +
        'Vectors of different models cannot be compared: open another one, or build the index again.',
    )
  if (width !== undefined && width !== found.width) throw differs('the width', width, found.width)
  if (model !== undefined && found.model !== undefined && model !== found.model) {
    throw differs('the model', `'${model}'`, `'${found.model}'`)
  }
}

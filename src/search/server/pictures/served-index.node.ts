/** The parts of an index that the server needs. */
import type { ImageIndex } from '../../images/image-index.node.ts'

/** An index of images: an `ImageIndex`, or an object with these parts of it. */
export type ServedIndex = Pick<ImageIndex, 'folder' | 'size' | 'search' | 'similar' | 'rows' | 'image'> & {
  readonly model: Pick<ImageIndex['model'], 'ground'>
  readonly store: Pick<ImageIndex['store'], 'vectors'>
}

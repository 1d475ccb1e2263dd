/** What the server needs of an index. */
import type { ImageIndex } from '../../images/image-index.node.ts'

/** An index of images: an `ImageIndex`, or what has these parts of it. */
export type ServedIndex = Pick<ImageIndex, 'folder' | 'size' | 'search' | 'similar' | 'rows' | 'image'> & {
  readonly model: Pick<ImageIndex['model'], 'ground'>
  readonly store: Pick<ImageIndex['store'], 'vectors'>
}

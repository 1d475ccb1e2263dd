/** Images of a page. */
import type { ImageInput } from 'dreamlip'

export const images: ImageInput[] = [new Image(), document.createElement('canvas'), new ImageData(1, 1)]

/** `dreamlip/images` in Node: the exports for every platform, and those that need files. */
export * from './images'

export { listImages, type ListImagesOptions } from '../images/list-images.node.ts'
export { readImageInfo, type ImageInfo } from '../images/decode/image-info.node.ts'
export type { ImageFormat } from '../images/formats/image-header'

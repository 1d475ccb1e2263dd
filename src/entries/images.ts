/** `dreamlip/images`: prepares pixels like the reference implementation. */
export type { Augmentation } from '../images/augment/augment'
export type { RandAugment } from '../images/augment/rand-augment'
export type { DecodeMode } from '../images/decode/decode-mode'
export type { DecodeOptions, ImageRequest } from '../images/decode/source/encoded-image'
export { decodeImage } from '#images/decode'
export { decodeModes } from '../images/decode/decode-mode'
export { isImageProblem } from '../images/decode/image-problem'
export { preprocessImage, resizeAndCrop } from '../images/preprocess/preprocess'
export type {
  PreprocessedImage,
  PreprocessedImageLike,
  PreprocessOptions,
  ResizeMode,
} from '../images/preprocess/preprocess'
export type { ByteStream } from '../images/byte-stream'
export type { Interpolation } from '../images/resample/kernel'
export type { ImageInput, InBrowser, PageImage, RawImage } from '../images/raw-image'
export { DreamLIPError, type ErrorCode } from '../errors'

/** `dreamlip/images`: pixels as the reference prepares them. */
export type { Augmentation } from '../images/augment/augment'
export { decodeImage } from '#images/decode'
export { isImageProblem } from '../images/decode/image-problem'
export { preprocessImage, resizeAndCrop } from '../images/preprocess/preprocess'
export type { PreprocessedImage, PreprocessOptions, ResizeMode } from '../images/preprocess/preprocess'
export type { ImageInput, RawImage } from '../images/raw-image'
export { DreamLIPError, type ErrorCode } from '../errors'

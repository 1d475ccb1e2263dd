/** All of the package's types, checked with those of its dependencies (`skipLibCheck: false`). */
import { compile, contrastiveLoss, DreamLIP, modelConfigs, Tokenizer, Trainer, type ImageInput } from 'dreamlip'
import type {} from 'dreamlip/model'
import type {} from 'dreamlip/tokenizer'
import type {} from 'dreamlip/images'
import type {} from 'dreamlip/drawing'
import type {} from 'dreamlip/checkpoint'
import type {} from 'dreamlip/models'
import type {} from 'dreamlip/losses'
import type {} from 'dreamlip/compile'
import type {} from 'dreamlip/data'
import type {} from 'dreamlip/training'
import type {} from 'dreamlip/evaluation'
import type {} from 'dreamlip/search'

export const parts: unknown[] = [compile, contrastiveLoss, modelConfigs, Tokenizer, Trainer]
export const embed = async (image: ImageInput) => (await DreamLIP.load()).encodeImage(image)

// @ts-expect-error a number is no image
export const wrong: ImageInput = 5
// @ts-expect-error nor is an object of something else
export const alsoWrong: ImageInput = { naturalWidth: 5 }

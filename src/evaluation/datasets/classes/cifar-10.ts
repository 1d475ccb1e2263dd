/** CIFAR-10 in the order of its labels: names and templates from OpenAI's CLIP repository (MIT), `data/prompts.md`. */
import { namesIn, type ClassList } from './class-list'

export const cifar10: ClassList = {
  classes: namesIn(`
  airplane; automobile; bird; cat; deer; dog; frog; horse; ship; truck
`),
  templates: [
    'a photo of a {}.',
    'a blurry photo of a {}.',
    'a black and white photo of a {}.',
    'a low contrast photo of a {}.',
    'a high contrast photo of a {}.',
    'a bad photo of a {}.',
    'a good photo of a {}.',
    'a photo of a small {}.',
    'a photo of a big {}.',
    'a photo of the {}.',
    'a blurry photo of the {}.',
    'a black and white photo of the {}.',
    'a low contrast photo of the {}.',
    'a high contrast photo of the {}.',
    'a bad photo of the {}.',
    'a good photo of the {}.',
    'a photo of the small {}.',
    'a photo of the big {}.',
  ],
}

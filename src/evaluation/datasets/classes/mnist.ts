/** MNIST's digits: names and template from OpenAI's CLIP repository (MIT), `data/prompts.md`. */
import { namesIn, type ClassList } from './class-list'

export const mnist: ClassList = {
  classes: namesIn(`
  0; 1; 2; 3; 4; 5; 6; 7; 8; 9
`),
  templates: ['a photo of the number: "{}".'],
}

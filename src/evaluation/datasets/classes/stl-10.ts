/** STL-10 in the order of its labels (1 to 10): names and templates from OpenAI's CLIP repository (MIT), `data/prompts.md`. */
import { namesIn, type ClassList } from './class-list'

export const stl10: ClassList = {
  classes: namesIn(`
  airplane; bird; car; cat; deer; dog; horse; monkey; ship; truck
`),
  templates: ['a photo of a {}.', 'a photo of the {}.'],
}

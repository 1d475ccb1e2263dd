/** PatchCamelyon: names from OpenAI's CLIP repository (MIT), `data/prompts.md`, templates from CLIP_benchmark (MIT). */
import { namesIn, type ClassList } from './class-list'

export const pcam: ClassList = {
  classes: namesIn(`
  lymph node; lymph node containing metastatic tumor tissue
`),
  templates: ['a histopathology slide showing {}', 'histopathology image of {}'],
}

/** EuroSAT: names and templates from OpenAI's CLIP repository (MIT), `data/prompts.md`, in the order of its folders, which are the `keys`. */
import { namesIn, type ClassList } from './class-list'

export const euroSAT: ClassList = {
  classes: namesIn(`
  annual crop land; forest; brushland or shrubland; highway or road; industrial buildings or commercial buildings;
  pasture land; permanent crop land; residential buildings or homes or apartments; river; lake or sea
`),
  keys: namesIn(`
  AnnualCrop; Forest; HerbaceousVegetation; Highway; Industrial; Pasture; PermanentCrop; Residential; River; SeaLake
`),
  templates: [
    'a centered satellite photo of {}.',
    'a centered satellite photo of a {}.',
    'a centered satellite photo of the {}.',
  ],
}

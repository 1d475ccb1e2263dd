/** Caltech-101 with its background class: names and templates from OpenAI's CLIP repository (MIT), `data/prompts.md`; `keys` are its folders. */
import { namesIn, type ClassList } from './class-list'

export const caltech101: ClassList = {
  classes: namesIn(`
  background; off-center face; centered face; leopard; motorbike; accordion; airplane; anchor; ant; barrel; bass;
  beaver; binocular; bonsai; brain; brontosaurus; buddha; butterfly; camera; cannon; side of a car; ceiling fan;
  cellphone; chair; chandelier; body of a cougar cat; face of a cougar cat; crab; crayfish; crocodile;
  head of a crocodile; cup; dalmatian; dollar bill; dolphin; dragonfly; electric guitar; elephant; emu; euphonium; ewer;
  ferry; flamingo; head of a flamingo; garfield; gerenuk; gramophone; grand piano; hawksbill; headphone; hedgehog;
  helicopter; ibis; inline skate; joshua tree; kangaroo; ketch; lamp; laptop; llama; lobster; lotus; mandolin; mayfly;
  menorah; metronome; minaret; nautilus; octopus; okapi; pagoda; panda; pigeon; pizza; platypus; pyramid; revolver;
  rhino; rooster; saxophone; schooner; scissors; scorpion; sea horse; snoopy (cartoon beagle); soccer ball; stapler;
  starfish; stegosaurus; stop sign; strawberry; sunflower; tick; trilobite; umbrella; watch; water lilly; wheelchair;
  wild cat; windsor chair; wrench; yin and yang symbol
`),
  keys: namesIn(`
  BACKGROUND_Google; Faces; Faces_easy; Leopards; Motorbikes; accordion; airplanes; anchor; ant; barrel; bass; beaver;
  binocular; bonsai; brain; brontosaurus; buddha; butterfly; camera; cannon; car_side; ceiling_fan; cellphone; chair;
  chandelier; cougar_body; cougar_face; crab; crayfish; crocodile; crocodile_head; cup; dalmatian; dollar_bill; dolphin;
  dragonfly; electric_guitar; elephant; emu; euphonium; ewer; ferry; flamingo; flamingo_head; garfield; gerenuk;
  gramophone; grand_piano; hawksbill; headphone; hedgehog; helicopter; ibis; inline_skate; joshua_tree; kangaroo; ketch;
  lamp; laptop; llama; lobster; lotus; mandolin; mayfly; menorah; metronome; minaret; nautilus; octopus; okapi; pagoda;
  panda; pigeon; pizza; platypus; pyramid; revolver; rhino; rooster; saxophone; schooner; scissors; scorpion; sea_horse;
  snoopy; soccer_ball; stapler; starfish; stegosaurus; stop_sign; strawberry; sunflower; tick; trilobite; umbrella;
  watch; water_lilly; wheelchair; wild_cat; windsor_chair; wrench; yin_yang
`),
  templates: [
    'a photo of a {}.',
    'a painting of a {}.',
    'a plastic {}.',
    'a sculpture of a {}.',
    'a sketch of a {}.',
    'a tattoo of a {}.',
    'a toy {}.',
    'a rendition of a {}.',
    'a embroidered {}.',
    'a cartoon {}.',
    'a {} in a video game.',
    'a plushie {}.',
    'a origami {}.',
    'art of a {}.',
    'graffiti of a {}.',
    'a drawing of a {}.',
    'a doodle of a {}.',
    'a photo of the {}.',
    'a painting of the {}.',
    'the plastic {}.',
    'a sculpture of the {}.',
    'a sketch of the {}.',
    'a tattoo of the {}.',
    'the toy {}.',
    'a rendition of the {}.',
    'the embroidered {}.',
    'the cartoon {}.',
    'the {} in a video game.',
    'the plushie {}.',
    'the origami {}.',
    'art of the {}.',
    'graffiti of the {}.',
    'a drawing of the {}.',
    'a doodle of the {}.',
  ],
}

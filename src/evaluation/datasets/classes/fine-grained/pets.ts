/** Oxford-IIIT Pets in the order of its labels (1 to 37), with the names and template that CLIP_benchmark (MIT) uses. */
import { namesIn, type ClassList } from '../class-list'

export const pets: ClassList = {
  classes: namesIn(`
  Abyssinian; American Bulldog; American Pit Bull Terrier; Basset Hound; Beagle; Bengal; Birman; Bombay; Boxer;
  British Shorthair; Chihuahua; Egyptian Mau; English Cocker Spaniel; English Setter; German Shorthaired;
  Great Pyrenees; Havanese; Japanese Chin; Keeshond; Leonberger; Maine Coon; Miniature Pinscher; Newfoundland; Persian;
  Pomeranian; Pug; Ragdoll; Russian Blue; Saint Bernard; Samoyed; Scottish Terrier; Shiba Inu; Siamese; Sphynx;
  Staffordshire Bull Terrier; Wheaten Terrier; Yorkshire Terrier
`),
  templates: ['a photo of a {}, a type of pet.'],
}

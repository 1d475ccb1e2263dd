/** Captions for benchmarks: deterministic English sentences like people's captions of photographs. */

const adjectives =
  'old young small large red blue green yellow white black brown grey wooden empty busy quiet bright dark rusty shiny ' +
  'colourful dirty clean modern ancient narrow wide tall tiny striped furry wet snowy sunny crowded abandoned beautiful ' +
  'plain golden silver smiling sleepy hungry curious elderly'
const things =
  'dog cat horse cow sheep zebra giraffe elephant bird duck boat ship train bus truck car bicycle motorcycle airplane kite ' +
  'bench table chair sofa lamp clock vase bottle laptop keyboard phone camera umbrella suitcase backpack pizza sandwich ' +
  'cake salad bowl|of|fruit cup|of|coffee glass|of|wine fire|hydrant stop|sign traffic|light teddy|bear baseball|bat ' +
  'tennis|racket surfboard snowboard skateboard church castle bridge lighthouse windmill barn market|stall statue fountain'
const people =
  'man woman boy girl child toddler couple chef farmer fisherman skier surfer baseball|player tennis|player police|officer ' +
  'street|musician tourist cyclist photographer dancer grandmother soldier|in|uniform bride group|of|people family|of|four ' +
  'group|of|students crowd|of|spectators'
const actions =
  'standing|next|to sitting|on lying|beside walking|past looking|at leaning|against playing|with running|towards ' +
  'posing|in|front|of holding|up riding|on jumping|over waiting|for reaching|for pointing|at resting|under hiding|behind ' +
  'eating|from drinking|out|of|a|cup|by working|on repairing painting cleaning taking|a|picture|of'
const places =
  'in|the|park on|the|beach at|the|train|station in|a|kitchen in|the|middle|of|a|field on|a|city|street by|the|river ' +
  'near|the|harbour in|the|snow under|a|cloudy|sky at|sunset in|front|of|a|brick|wall on|top|of|a|hill in|a|living|room ' +
  'outside|a|small|shop at|night during|a|parade in|the|desert at|the|zoo in|a|bathroom|with|white|tiles along|the|coast ' +
  'on|a|tennis|court behind|a|wire|fence in|heavy|rain at|a|birthday|party on|the|side|of|the|road'
const details =
  'with|mountains|in|the|background while|others|watch as|the|sun|goes|down with|its|mouth|open wearing|a|red|hat ' +
  'smiling|at|the|camera next|to|several|parked|cars covered|with|graffiti seen|from|above with|trees|on|both|sides ' +
  'wearing|sunglasses|and|a|blue|jacket in|black|and|white surrounded|by|flowers with|a|clock|tower|behind|it ' +
  'ready|to|be|served|for|dinner before|the|storm|arrives for|sale'

/** Beginnings of captions; most captions use a plain one like the first. */
const openings =
  'a a a a a a a a the the the two three several this|is|a there|is|a close|up|of|a view|of|a photo|of|a portrait|of|a ' +
  'an|image|of|a some my|favourite black|and|white|picture|of|a'

const list = (words: string) => words.split(' ').map((phrase) => phrase.replaceAll('|', ' '))
const [openingList, adjectiveList, thingList, peopleList, actionList, placeList, detailList] = [
  openings,
  adjectives,
  things,
  people,
  actions,
  places,
  details,
].map(list) as [string[], string[], string[], string[], string[], string[], string[]]

/** `count` captions of 4 to about 35 tokens, start and end tokens included; 15 on average. */
export function captions(count: number): string[] {
  let state = 20_260
  const chance = () => (state = (state * 48_271) % 2_147_483_647) / 2_147_483_647
  const pick = (words: readonly string[]) => words[Math.floor(chance() * words.length)]!
  const maybe = (likely: number, make: () => string) => (chance() < likely ? [make()] : [])
  const noun = () => [...maybe(0.5, () => pick(adjectiveList)), pick(chance() < 0.5 ? thingList : peopleList)]
  return Array.from({ length: count }, () => {
    const words = [
      pick(openingList),
      ...noun(),
      ...maybe(0.7, () => [pick(actionList), pick(['a', 'a', 'the']), ...noun()].join(' ')),
      ...maybe(0.75, () => pick(placeList)),
      ...maybe(0.4, () => pick(detailList)),
      ...maybe(0.15, () => pick(detailList)),
    ]
    const caption = words.join(' ').replaceAll(/\ba (?=[aeiou])/g, 'an ')
    return chance() < 0.4 ? caption[0]!.toUpperCase() + caption.slice(1) + '.' : caption
  })
}

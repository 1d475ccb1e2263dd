/** Finds the icons of a kind by their names, in sets that name icons after what they show. */
import type { Kind } from './kinds'

/** Names of icons for kinds that icon sets call something else. */
const otherNames: Readonly<Record<string, readonly string[]>> = {
  rooster: ['chicken'],
  crab: ['crab-claw'],
  'pine-tree': ['pine', 'tree-evergreen', 'tree-pine', 'evergreen', 'conifer'],
  tree: ['tree-deciduous'],
  'palm-tree': ['tree-palm'],
  'Christmas-tree': ['christmas-tree'],
  'maple-leaf': ['canadian-maple-leaf', 'leaf-maple'],
  grapes: ['grape', 'fruit-grapes'],
  cherries: ['cherry', 'fruit-cherries'],
  'ear-of-corn': ['corn', 'maize'],
  'loaf-of-bread': ['bread', 'bread-loaf'],
  'cheese-wedge': ['cheese', 'cheese-slice'],
  'french-fries': ['fries'],
  'slice-of-pizza': ['pizza-slice'],
  'fried-egg': ['egg-fried', 'cooking-egg', 'cooking'],
  'box-of-popcorn': ['popcorn'],
  'bowl-of-noodles': ['noodles', 'bowl-noodles', 'steaming-bowl'],
  'bowl-of-salad': ['salad', 'bowl-salad', 'green-salad'],
  'ice-cream-cone': ['ice-cream', 'icecream', 'cone-ice-cream'],
  doughnut: ['donut'],
  'birthday-cake': ['cake'],
  'slice-of-cake': ['cake-slice', 'piece-of-cake'],
  lollipop: ['lollypop'],
  'cup-of-coffee': ['coffee', 'hot-beverage', 'coffee-cup', 'mug-hot'],
  'glass-of-wine': ['glass-wine', 'red-wine-glass', 'wineglass', 'wine-glass'],
  'mug-of-beer': ['beer', 'beer-stein', 'beer-mug'],
  'fire-engine': ['fire-truck'],
  motorcycle: ['motorbike'],
  bicycle: ['bike'],
  train: ['train-front'],
  airplane: ['plane', 'aeroplane', 'airplane'],
  sailboat: ['sail-boat', 'boat-sailing'],
  ship: ['cruise', 'cruise-ship'],
  house: ['home', 'house-chimney'],
  tent: ['camping-tent', 'camping'],
  sun: ['sunny', 'weather-sunny'],
  'crescent-moon': ['moon', 'weather-night'],
  'cloud-with-rain': ['cloud-rain', 'rainy', 'weather-rainy', 'weather-pouring', 'heavy-rain'],
  'cloud-with-snow': ['cloud-snow', 'snowy', 'weather-snowy'],
  'lightning-bolt': ['lightning', 'bolt', 'flash', 'thunderbolt'],
  snowflake: ['snowflakes'],
  fire: ['fire-flame', 'small-fire'],
  droplet: ['drop', 'water-drop'],
  'water-wave': ['waves', 'big-wave'],
  globe: ['earth', 'globe-americas', 'earth-americas', 'globe-showing-americas', 'globe-showing-europe-africa'],
  mountain: ['mountains'],
  'spider-web': ['cobweb', 'spiderweb'],
  glasses: ['spectacles'],
  jeans: ['pants', 'trousers'],
  shirt: ['tshirt', 't-shirt'],
  'high-heeled-shoe': ['high-heel', 'high-heels', 'shoe-heel'],
  shoe: ['sneaker', 'running-shoe', 'mans-shoe', 'sneakers', 'shoe-sneaker'],
  hat: ['womans-hat'],
  boot: ['womans-boot'],
  'top-hat': ['top-hat', 'hat-wizard-top'],
  ring: ['diamond-ring', 'big-diamond-ring'],
  piano: ['piano-keys', 'grand-piano'],
  'soccer-ball': ['soccer', 'football-soccer', 'futbol', 'soccer-ball'],
  baseball: ['baseball-ball'],
  basketball: ['basketball-ball'],
  'pool-ball': ['billiards', '8-ball', 'pool-8-ball'],
  bullseye: ['target', 'bullseye', 'direct-hit', 'archery-target'],
  'game-controller': ['gamepad', 'controller'],
  dice: ['game-dice', 'dice-five', 'dice-six'],
  robot: ['robot-face', 'bot'],
  pick: ['pickaxe'],
  gear: ['cog', 'settings-gear'],
  'bow-and-arrow': ['bow-arrow', 'archery'],
  'magnifying-glass': ['search', 'magnify', 'magnifier', 'magnifying-glass-tilted-left', 'search-magnifying-glass'],
  'fork-and-knife': ['cutlery', 'restaurant', 'silverware-fork-knife', 'utensils', 'fork-knife', 'knife-fork'],
  'kitchen-knife': ['knife'],
  pencil: ['edit-pencil'],
  lock: ['locked', 'lock-closed', 'padlock'],
  chain: ['link-chain', 'crossed-chains'],
  'open-book': ['book-open'],
  'stack-of-books': ['books', 'book-stack'],
  envelope: ['mail', 'email', 'letter'],
  package: ['box', 'parcel', 'cardboard-box'],
  speaker: ['volume', 'volume-up', 'volume-high', 'volume-2', 'speaker-high', 'sound'],
  'speaker-with-a-slash': ['volume-mute', 'volume-x', 'speaker-slash', 'volume-xmark', 'muted-speaker'],
  'musical-note': ['music-note', 'music'],
  'mobile-phone': ['smartphone', 'phone-mobile', 'cellphone', 'device-mobile', 'mobile'],
  telephone: ['phone', 'old-phone'],
  laptop: ['laptop-computer', 'notebook-computer'],
  camera: ['photo-camera'],
  'light-bulb': ['lightbulb', 'bulb', 'idea'],
  'money-bag': ['money-bags'],
  couch: ['sofa'],
  bathtub: ['bath', 'bathtub-with-shower'],
  'traffic-light': ['traffic-lights', 'vertical-traffic-light', 'traffic-signal'],
  'alarm-clock': ['alarm'],
  hourglass: ['sand-clock', 'hourglass-done', 'hourglass-not-done', 'timer-sand', 'time-sand'],
  'jack-o-lantern': ['halloween-pumpkin', 'pumpkin-lantern'],
  'broken-heart': ['heart-broken', 'heart-break', 'heart-crack'],
  headphones: ['headphone', 'headset-phones'],
  'circus-tent': ['circus'],
  backpack: ['school-backpack', 'bag-personal', 'school-bag'],
  fish: ['tropical-fish', 'fish-simple'],
  whale: ['spouting-whale', 'sperm-whale'],
  turtle: ['sea-turtle'],
  snake: ['sand-snake'],
  bat: ['evil-bat'],
}

/** Icons, as `set/name`, that have a kind's name but show something else. */
const showsAnotherThing: Readonly<Record<string, RegExp>> = {
  mouse: /^(?!streamline-emojis|game-icons)/, // the pointing device
  sheep: /^game-icons\/ram$/, // a battering ram
  rooster: /^(mingcute|icon-park)\//, // a drumstick
  flower: /flower-alt/,
  tree: /^(fa7-solid|la|bxs|mingcute|mynaui)\/tree|tree-face/, // conifers, palms, a face
  'palm-tree': /^icon-park\//, // a hand
  egg: /^icon-park\//, // fried
  'fried-egg': /^icon-park\//,
  'ice-cream-cone': /^(icon-park|streamline-color)\//,
  'birthday-cake': /^icon-park\//,
  'police-car': /-light/,
  airplane: /^solar\//, // made of paper
  ring: /^icon-park\/ring-/,
  'lightning-bolt': /^icon-park\/|^(hugeicons|lucide|mdi|game-icons)\/bolt/, // plugs, and bolts for nuts
  'water-wave': /^icon-park\//,
  'spider-web': /\/web/, // globes and windows
  'high-heeled-shoe': /stiletto/, // a dagger
  trumpet: /^icon-park\//,
  'soccer-ball': /^icon-park\//,
  ribbon: /^(?!streamline-emojis)/, // awareness ribbons
  robot: /^icon-park\/robot-two/,
  anchor: /^icon-park\/anchor-/,
  envelope: /^icon-park\/envelope/,
  speaker: /^tabler\/volume-[34]/,
  'light-bulb': /^game-icons\/(bulb|idea)/,
  'money-bag': /^solar\//,
}

/** Endings that name a variant of the same thing, most of them the way in which it is drawn. */
const variants =
  /-(outline|outlined|filled|fill|line|linear|bold|broken|duotone|thin|light|solid|sharp|rounded|flat|alt|variant|simple|minimalistic|face|head|side|front|one|two|three|four|five|\d+)$/

/** The names under which sets may have the kind, in their form: lower case, with hyphens. */
function iconNamesOf({ key, names }: Kind, emoji: readonly string[]): ReadonlySet<string> {
  const own = names.map(({ text }) => text.toLowerCase().replaceAll(' ', '-'))
  return new Set([...own, ...emoji, ...(otherNames[key] ?? [])])
}

/** Those of a set's icons that show the kind. @param emoji names of its emoji */
export function namedIcons(set: string, icons: readonly string[], kind: Kind, emoji: readonly string[]): string[] {
  const names = iconNamesOf(kind, emoji)
  const other = showsAnotherThing[kind.key]
  return icons.filter((icon) => isNameOf(icon, names) && !other?.test(`${set}/${icon}`))
}

/** Whether an icon's name is one of these, but for the endings of variants. */
function isNameOf(icon: string, names: ReadonlySet<string>): boolean {
  if (names.has(icon)) return true
  const shorter = icon.replace(variants, '')
  return shorter !== icon && isNameOf(shorter, names)
}

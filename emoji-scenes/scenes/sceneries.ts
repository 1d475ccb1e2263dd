/** Simple landscapes and rooms as backgrounds, and what captions say about them. */
import { mix, type RGB } from '../icons/colors'

/** The colour at a place of the picture. `x` runs from the left and `y` from the top, each from 0 to 1. */
export type Painter = (x: number, y: number) => RGB

export type Scenery = 'meadow' | 'sea' | 'night' | 'desert' | 'snow' | 'room' | 'street'

interface SceneryParts {
  /** The main colours, without "light" or "dark". */
  readonly main: readonly string[]
  readonly paint: Painter
  /** For the end of a list: "a dog and a cat on a meadow". */
  readonly where: readonly string[]
  /** Whole sentences. Each stays true whatever is drawn on top. */
  readonly sentences: readonly string[]
}

const paleBlue: RGB = [168, 214, 245]
const deepBlue: RGB = [120, 184, 236]

export const sceneries: Readonly<Record<Scenery, SceneryParts>> = {
  meadow: {
    main: ['blue', 'green'],
    paint: (x, y) => {
      const horizon = 0.55 + 0.05 * Math.sin(x * 7)
      return y < horizon ? mix(deepBlue, paleBlue, y / horizon) : mix([126, 200, 80], [84, 160, 62], y)
    },
    where: ['on a green meadow', 'on the grass', 'on a meadow', 'on a field of grass'],
    sentences: [
      'The background is a green meadow under a blue sky.',
      'Green grass covers the lower half of the picture.',
      'The scene is set on a meadow.',
      'Above the green grass the sky is blue.',
      'A grassy field lies under a clear sky.',
    ],
  },
  sea: {
    main: ['blue'],
    paint: (x, y) => {
      if (y < 0.4) return mix([196, 230, 250], [226, 242, 250], y / 0.4)
      const wave = Math.sin(y * 60 + 1.5 * Math.sin(x * 12)) > 0.75
      return wave ? [120, 180, 236] : mix([64, 140, 216], [24, 84, 170], (y - 0.4) / 0.6)
    },
    where: ['at the sea', 'over the sea', 'on the water', 'in front of the ocean'],
    sentences: [
      'The background shows the blue sea.',
      'The sea lies under a pale sky.',
      'Blue water with small waves fills the lower part.',
      'The scene is set on the ocean.',
      'Behind everything is the open sea.',
    ],
  },
  night: {
    main: ['blue', 'black'],
    paint: (x, y) => {
      const [column, row] = [Math.floor(x * 12), Math.floor(y * 12)]
      const lit = (column * 7 + row * 13 + column * row * 5) % 11 === 0
      const near = Math.hypot(((x * 12) % 1) - 0.5, ((y * 12) % 1) - 0.5) < 0.28
      return lit && near ? [240, 240, 200] : mix([22, 26, 74], [54, 58, 128], y)
    },
    where: ['at night', 'under a night sky', 'in the dark night', 'in front of a dark sky'],
    sentences: [
      'The background is a dark night sky.',
      'It is night.',
      'The sky is dark and full of tiny lights.',
      'The scene takes place at night.',
      'Tiny lights shine in a dark sky.',
    ],
  },
  desert: {
    main: ['yellow', 'orange'],
    paint: (x, y) => {
      const horizon = 0.5 + 0.06 * Math.sin(x * 9 + 1)
      return y < horizon ? mix([250, 222, 160], [252, 238, 200], y) : mix([232, 186, 110], [206, 148, 76], y)
    },
    where: ['in the desert', 'on the sand', 'in a sandy desert', 'among sand dunes'],
    sentences: [
      'The background is a sandy desert.',
      'Sand dunes lie under a pale yellow sky.',
      'The ground is covered with sand.',
      'The scene is set in the desert.',
      'Dry sand stretches over the lower half.',
    ],
  },
  snow: {
    main: ['white', 'blue'],
    paint: (x, y) => {
      const horizon = 0.5 + 0.05 * Math.sin(x * 6 + 2)
      return y < horizon ? mix([150, 178, 206], [204, 220, 234], y / horizon) : mix([250, 252, 255], [222, 232, 244], y)
    },
    where: ['in the snow', 'on white snow', 'in a snowy landscape', 'on snowy ground'],
    sentences: [
      'The background is a snowy landscape.',
      'White snow covers the ground.',
      'The scene is set in the snow.',
      'The ground is white with snow.',
      'It is winter and the ground is snowy.',
    ],
  },
  room: {
    main: ['beige', 'brown'],
    paint: (x, y) => {
      if (y < 0.6) return [238, 224, 200]
      const plank = Math.floor((y - 0.6) * 20)
      const gap = ((y - 0.6) * 20) % 1 < 0.15 || (x * 1.5 + plank * 0.5) % 1 < 0.015
      return gap ? [140, 96, 60] : [164, 114, 72]
    },
    where: ['in a room', 'on a wooden floor', 'in a room with a wooden floor', 'indoors'],
    sentences: [
      'The background is a room with a wooden floor.',
      'The floor is made of brown wood.',
      'The wall behind is beige.',
      'The scene is set indoors.',
      'Wooden boards cover the floor.',
    ],
  },
  street: {
    main: ['gray'],
    paint: (x, y) => {
      if (y < 0.55) return mix([206, 222, 234], [230, 236, 240], y / 0.55)
      const line = Math.abs(y - 0.78) < 0.02 && (x * 5) % 1 < 0.6
      return line ? [245, 245, 245] : [118, 120, 126]
    },
    where: ['on a gray road', 'on the street', 'on a road', 'on an asphalt street'],
    sentences: [
      'The background shows a gray road.',
      'A street runs through the lower half of the picture.',
      'The road has a dashed white line.',
      'The scene is set on a street.',
      'Gray asphalt covers the ground.',
    ],
  },
}

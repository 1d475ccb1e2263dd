/** The results of the readers of published data sets, by task. */
import type { ImageInput } from '../../images/raw-image'
import type { ShapedArray } from '../../shaped-array'

/** Something in a data set that cannot be used as it is. */
export interface DataProblem {
  /** Its file, or its name in the list of the data set. */
  readonly item: string
  /** A stable word, such as `image-missing`, by which problems are counted. */
  readonly reason: string
  readonly message: string
}

export interface NamedImage {
  /** Unique in its data set; the same at every reading. */
  readonly id: string
  readonly image: ImageInput
}

/** The properties that the data sets of all tasks share. */
export interface DataSetOf<Task extends string, Sample> {
  readonly task: Task
  readonly name: string
  /** The part of the data that was read, as its publishers call it, such as `Karpathy test`. */
  readonly split: string
  readonly samples: readonly Sample[]
  readonly problems: readonly DataProblem[]
}

export interface ClassifiedImage extends NamedImage {
  /** Indices of the classes that it shows: one, or several if the data set has several labels per image. */
  readonly classes: readonly number[]
}

export interface ClassificationSet extends DataSetOf<'classification', ClassifiedImage> {
  readonly classes: readonly string[]
  /** Prompts with `{}` for the name of a class. */
  readonly templates: readonly string[]
}

export interface CaptionedImage extends NamedImage {
  readonly captions: readonly string[]
}

export interface RetrievalSet extends DataSetOf<'retrieval', CaptionedImage> {
  /** Whether its captions are long: then it is also measured how much of them a model reads. */
  readonly isLong: boolean
}

/** Images and captions. Each image belongs to the caption with the same index; either list may have a single item. */
export interface Choice {
  readonly id: string
  readonly images: readonly NamedImage[]
  readonly captions: readonly string[]
  /** The kind of change that makes the wrong answers, such as `swap_att`. */
  readonly category: string
}

export type ChoiceSet = DataSetOf<'choice', Choice>

export interface SegmentedImage extends NamedImage {
  /** The index of a class for each pixel, `[height, width]`; `ignored` where a pixel does not count. */
  readonly mask: () => Promise<Mask>
  /** The file of the mask. Results are kept by its size and date. */
  readonly maskFile?: string
}

/** `[height, width]` */
export type Mask = ShapedArray<Uint8Array | Uint16Array, readonly [number, number]>

/** The choices that papers make to evaluate a data set without training. */
export interface SegmentationProtocol {
  /** The length of the images' short side, in pixels; default: one and a half times the model's image size. */
  readonly shortSide?: number
  /** The factor on cosines before the softmax over all names; default 40. */
  readonly scale?: number
  /** Pixels whose best class has a lower probability become background; default: none do. */
  readonly threshold?: number
}

export interface SegmentationSet extends DataSetOf<'segmentation', SegmentedImage> {
  /** The names of each class; the best of a class's names counts. */
  readonly classes: readonly (readonly string[])[]
  readonly ignored: number
  /** The class of pixels that belong to no other class, if there is one. */
  readonly background?: number
  /** Default: SCLIP's choices, without a threshold. */
  readonly protocol?: SegmentationProtocol
}

export interface Phrase {
  readonly text: string
  /** `[left, top, width, height]` in pixels of the upright image. */
  readonly boxes: readonly (readonly [number, number, number, number])[]
}

export interface PhraseImage extends NamedImage {
  readonly phrases: readonly Phrase[]
}

export type PointingSet = DataSetOf<'pointing', PhraseImage>

export type DataSet = ClassificationSet | RetrievalSet | ChoiceSet | SegmentationSet | PointingSet

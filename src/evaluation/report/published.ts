/** Figures from papers and authors' pages, shown beside measured ones of the same data set and split, marked as published. */
import type { Figures } from '../task/result'

export interface PublishedResult {
  readonly model: string
  /** The data set by its name in `knownSets`. */
  readonly set: string
  /** The part of the data in this package's words; undefined if the source does not state it: then it is not compared. */
  readonly split?: string
  /** Shares from 0 to 1, by the names of measured figures. */
  readonly figures: Figures
  readonly source: string
}

const dreamlip = 'DreamLIP project page (ECCV 2024, arXiv 2403.17007)'
const longCLIP = 'Long-CLIP (ECCV 2024, arXiv 2403.15378)'
const flair = 'FLAIR (CVPR 2025, arXiv 2412.03561)'
const cosmos = 'COSMOS (CVPR 2025, arXiv 2412.01814)'

/** Recall@1 in percent, image to text and text to image. */
function retrieval(
  model: string,
  set: string,
  split: string | undefined,
  [imageToText, textToImage]: readonly [number, number],
  source: string,
): PublishedResult {
  const figures = { 'imageToText@1': imageToText / 100, 'textToImage@1': textToImage / 100 }
  return { model, set, ...(split !== undefined && { split }), figures, source }
}

function imageNet(model: string, percent: number, source: string): PublishedResult {
  return { model, set: 'imagenet', split: 'val', figures: { acc1: percent / 100 }, source }
}

/** Mean IoU in percent of CLIP ViT-B/16 with correlative attention. */
const sclipResults = {
  ...{ voc20: 81.54, voc21: 59.63, context59: 34.46, context60: 31.74, ade20k: 16.45 },
  ...{ 'coco-stuff': 22.77, 'coco-object': 33.52, cityscapes: 32.34 },
}

export const publishedResults: readonly PublishedResult[] = [
  retrieval('DreamLIP CC3M', 'flickr30k', undefined, [57.6, 42.2], dreamlip),
  retrieval('DreamLIP CC3M', 'coco', undefined, [33.4, 23.4], dreamlip),
  retrieval('DreamLIP CC12M', 'flickr30k', undefined, [78.7, 61.0], dreamlip),
  retrieval('DreamLIP CC12M', 'coco', undefined, [53.4, 36.7], dreamlip),
  retrieval('DreamLIP YFCC15M', 'flickr30k', undefined, [84.9, 66.0], dreamlip),
  retrieval('DreamLIP YFCC15M', 'coco', undefined, [55.7, 39.8], dreamlip),
  retrieval('DreamLIP 30M', 'flickr30k', undefined, [87.2, 66.4], dreamlip),
  retrieval('DreamLIP 30M', 'coco', undefined, [58.3, 41.1], dreamlip),
  retrieval('CLIP 400M', 'flickr30k', undefined, [78.7, 61.8], dreamlip),
  retrieval('CLIP 400M', 'coco', undefined, [53.7, 34.8], dreamlip),
  retrieval('DreamLIP ViT-B/16 30M', 'coco', 'val2017', [62.3, 44.9], flair),
  retrieval('FLAIR 30M', 'coco', 'val2017', [68.0, 53.3], flair),
  retrieval('FLAIR 12M', 'coco', 'val2017', [64.1, 47.8], flair),
  retrieval('FLAIR 3M', 'coco', 'val2017', [51.6, 37.7], flair),
  retrieval('DreamLIP ViT-B/16 30M', 'flickr30k', undefined, [89.9, 73.3], flair),
  retrieval('FLAIR 30M', 'flickr30k', undefined, [94.7, 81.1], flair),
  retrieval('FLAIR 12M', 'flickr30k', undefined, [90.8, 75.4], flair),
  retrieval('FLAIR 3M', 'flickr30k', undefined, [78.7, 65.7], flair),
  retrieval('COSMOS ViT-B/16 30M', 'coco', undefined, [68.0, 52.5], cosmos),
  retrieval('COSMOS ViT-B/16 30M', 'flickr30k', undefined, [92.9, 80.3], cosmos),
  retrieval('Long-CLIP B/16', 'dci', 'all', [51.7, 57.3], longCLIP),
  retrieval('Long-CLIP B/16', 'urban1k', 'all', [78.9, 79.5], longCLIP),
  retrieval('Long-CLIP B/16', 'sharegpt4v-10k', 'first 10,000', [79.2, 77.1], longCLIP),
  imageNet('DreamLIP ViT-B/16 30M (by COSMOS)', 58.4, cosmos),
  imageNet('DreamLIP ViT-B/16 30M (by FLAIR)', 58.1, flair),
  imageNet('COSMOS ViT-B/16 30M', 57.6, cosmos),
  imageNet('SigLIP 2 L/16-256', 82.5, 'SigLIP 2 (arXiv 2502.14786)'),
  {
    model: 'DreamLIP ViT-B/16 30M, attention: standard',
    set: 'voc20',
    split: 'val',
    figures: { meanIoU: 0.018 },
    source: `${flair}, training-free`,
  },
  ...Object.entries(sclipResults).map(([set, value]) => ({
    model: 'CLIP ViT-B/16 with SCLIP',
    set,
    split: 'val',
    figures: { meanIoU: value / 100 },
    source: 'SCLIP (ECCV 2024), README of github.com/wangf3014/SCLIP',
  })),
]

/** Data sets with a class for each pixel, with SCLIP's class names and choices (arXiv 2312.01597; github.com/wangf3014/SCLIP, configs). */
import { checkChoice } from '../../../check-arguments'
import type { SegmentationSet } from '../data-set'
import type { KnownSet } from '../known-set'
import {
  ade20kClasses,
  cityscapesClasses,
  cocoObjectClasses,
  cocoStuffClasses,
  context59Classes,
  context60Classes,
  voc20Classes,
  voc21Classes,
} from './class-names'
import { openMaskedImages, type MaskedSet, type MaskLayout } from './masked-images.node.ts'

const voc: MaskLayout = {
  within: ['VOC2012', 'VOCdevkit/VOC2012'],
  list: 'ImageSets/Segmentation/val.txt',
  images: { folder: 'JPEGImages', ending: '.jpg' },
  masks: { folder: 'SegmentationClass', ending: '.png' },
}

const context: MaskLayout = {
  within: ['VOC2010', 'VOCdevkit/VOC2010'],
  list: 'ImageSets/SegmentationContext/val.txt',
  images: { folder: 'JPEGImages', ending: '.jpg' },
  masks: { folder: 'SegmentationClassContext', ending: '.png' },
}

const coco = (ending: string): MaskLayout => ({
  within: ['coco_stuff164k'],
  images: { folder: 'images/val2017', ending: '.jpg' },
  masks: { folder: 'annotations/val2017', ending },
})

const vocNeeds = 'VOCtrainval_11-May-2012.tar, unpacked: JPEGImages, SegmentationClass, ImageSets'
const contextNeeds =
  "VOC2010 with SegmentationClassContext and ImageSets/SegmentationContext, which mmsegmentation's tools/dataset_converters/pascal_context.py writes"
const cocoNeeds = 'images/val2017 and annotations/val2017'

export const segmentationSets: Readonly<Record<string, KnownSet<SegmentationSet>>> = {
  voc20: known('PASCAL VOC 2012 without background', vocNeeds, {
    name: 'voc20',
    classes: voc20Classes,
    protocol: { shortSide: 336, scale: 40 },
    published: 1449,
    layout: { ...voc, zeroIgnored: true },
  }),
  voc21: known('PASCAL VOC 2012 with background', vocNeeds, {
    name: 'voc21',
    classes: voc21Classes,
    background: 0,
    protocol: { shortSide: 336, scale: 65, threshold: 0.1 },
    published: 1449,
    layout: voc,
  }),
  context59: known('PASCAL Context without background', contextNeeds, {
    name: 'context59',
    classes: context59Classes,
    protocol: { shortSide: 336, scale: 40 },
    published: 5104,
    layout: { ...context, zeroIgnored: true },
  }),
  context60: known('PASCAL Context with background', contextNeeds, {
    name: 'context60',
    classes: context60Classes,
    background: 0,
    protocol: { shortSide: 336, scale: 50, threshold: 0.1 },
    published: 5104,
    layout: context,
  }),
  ade20k: known(
    'ADE20K, 150 classes',
    'ADEChallengeData2016.zip, unpacked: images/validation, annotations/validation',
    {
      name: 'ade20k',
      classes: ade20kClasses,
      protocol: { shortSide: 336, scale: 40 },
      published: 2000,
      layout: {
        within: ['ADEChallengeData2016', 'ade/ADEChallengeData2016'],
        images: { folder: 'images/validation', ending: '.jpg' },
        masks: { folder: 'annotations/validation', ending: '.png' },
        zeroIgnored: true,
      },
    },
  ),
  'coco-stuff': known(
    'COCO-Stuff 164k',
    `${cocoNeeds} with *_labelTrainIds.png, which mmsegmentation's tools/dataset_converters/coco_stuff164k.py writes`,
    {
      name: 'coco-stuff',
      classes: cocoStuffClasses,
      protocol: { shortSide: 448, scale: 40 },
      published: 5000,
      layout: coco('_labelTrainIds.png'),
    },
  ),
  'coco-object': known(
    'COCO-Object',
    `${cocoNeeds} with *_instanceTrainIds.png, which SCLIP's datasets/cvt_coco_object.py writes`,
    {
      name: 'coco-object',
      classes: cocoObjectClasses,
      background: 0,
      protocol: { shortSide: 336, scale: 50, threshold: 0.1 },
      published: 5000,
      layout: coco('_instanceTrainIds.png'),
    },
  ),
  cityscapes: known(
    'Cityscapes',
    'leftImg8bit_trainvaltest.zip and gtFine_trainvaltest.zip, with *_gtFine_labelTrainIds.png, which cityscapesscripts write',
    {
      name: 'cityscapes',
      classes: cityscapesClasses,
      protocol: { shortSide: 560, scale: 40 },
      published: 500,
      layout: {
        within: ['cityscapes'],
        images: { folder: 'leftImg8bit/val', ending: '_leftImg8bit.png' },
        masks: { folder: 'gtFine/val', ending: '_gtFine_labelTrainIds.png' },
      },
    },
  ),
}

/** All of them are evaluated on their validation part. */
function known(title: string, needs: string, set: Omit<MaskedSet, 'split'>): KnownSet<SegmentationSet> {
  return {
    title,
    task: 'segmentation',
    splits: ['val'],
    needs,
    open: async (folder, { split = 'val', signal } = {}) => {
      checkChoice('split', split, ['val'])
      return openMaskedImages(folder, { ...set, split }, signal)
    },
  }
}

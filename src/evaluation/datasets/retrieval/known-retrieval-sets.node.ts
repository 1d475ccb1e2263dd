/** Images with captions, by the names that `dreamlip eval` uses. */
import { checkChoice } from '../../../check-arguments'
import type { RetrievalSet } from '../data-set'
import type { KnownSet } from '../known-set'
import { cocoSplits, readCOCO } from './coco.node.ts'
import { readDCI, readUrban1k } from './file-per-caption.node.ts'
import { flickr30kSplits, readFlickr30k } from './flickr30k.node.ts'
import { docciSplits, iiwSplits, readDOCCI, readIIW, readShareGPT4V, shareGPT4VSplits } from './long-captions.node.ts'
import { readOwnPairs } from './own-pairs.node.ts'
import { readCaptionShards } from './web-dataset.node.ts'

export const retrievalSets: Readonly<Record<string, KnownSet<RetrievalSet>>> = {
  coco: known(
    'COCO captions',
    cocoSplits,
    'dataset_coco.json with val2014/, or annotations/captions_val2017.json with val2017/',
    readCOCO,
  ),
  flickr30k: known(
    'Flickr30k',
    flickr30kSplits,
    'dataset_flickr30k.json or results_20130124.token, and flickr30k-images/',
    readFlickr30k,
  ),
  dci: known('Densely Captioned Images', ['all'], 'splits.json, annotations/ and photos/', (folder, _, signal) =>
    readDCI(folder, signal),
  ),
  iiw: known(
    'ImageInWords',
    iiwSplits,
    'DOCCI_Test, IIW-400 and DCI_Test with data.jsonl, and docci/, docci_aar/, dci/',
    readIIW,
  ),
  urban1k: known('Urban1k', ['all'], 'image/ and caption/', (folder, _, signal) => readUrban1k(folder, signal)),
  docci: known('DOCCI', docciSplits, 'docci_descriptions.jsonlines and images/', readDOCCI),
  'sharegpt4v-1k': shareGPT4V('sharegpt4v-1k', 'ShareGPT4V-1k'),
  'sharegpt4v-10k': shareGPT4V('sharegpt4v-10k', 'ShareGPT4V-10k'),
  'wds-captions': {
    title: "CLIP_benchmark's WebDatasets with captions",
    task: 'retrieval',
    splits: ['test'],
    needs: 'test/0.tar, …, and test/nshards.txt, in a folder or at an address',
    open: readCaptionShards,
  },
  pairs: {
    title: 'Your own images with captions',
    task: 'retrieval',
    splits: [],
    needs: 'a file or folder in a layout of docs/data.md: CSV, JSON, Parquet, tar shards, images with text files, …',
    open: readOwnPairs,
  },
}

function shareGPT4V(name: keyof typeof shareGPT4VSplits, title: string): KnownSet<RetrievalSet> {
  const needs = 'share-captioner_coco_lcs_sam_1246k_1107.json and its folders of images'
  return known(title, [shareGPT4VSplits[name]], needs, (folder, _, signal) => readShareGPT4V(folder, name, signal))
}

function known<Split extends string>(
  title: string,
  splits: readonly Split[],
  needs: string,
  read: (folder: string, split: Split, signal?: AbortSignal) => Promise<RetrievalSet>,
): KnownSet<RetrievalSet> {
  return {
    title,
    task: 'retrieval',
    splits,
    needs,
    open: (folder, { split = splits[0], signal } = {}) =>
      read(folder, checkChoice('split', split as Split, splits), signal),
  }
}

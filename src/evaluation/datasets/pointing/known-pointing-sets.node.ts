/** Data sets of phrases with boxes, by the names that `dreamlip eval` uses. */
import { checkChoice } from '../../../check-arguments'
import type { PointingSet } from '../data-set'
import type { KnownSet } from '../known-set'
import { readFlickr30kEntities } from './flickr30k-entities.node.ts'
import { readRefCOCO } from './refcoco.node.ts'

type Read = (folder: string, split: string, signal?: AbortSignal) => Promise<PointingSet>

function known(
  title: string,
  splits: readonly [string, ...string[]],
  needs: string,
  read: Read,
): KnownSet<PointingSet> {
  return {
    title,
    task: 'pointing',
    splits,
    needs,
    open: async (folder, { split = splits[0], signal } = {}) => {
      signal?.throwIfAborted()
      return read(folder, checkChoice('split', split, splits), signal)
    },
  }
}

const refer =
  (name: string, by: string): Read =>
  (folder, split, signal) =>
    readRefCOCO(folder, { name, by, split }, signal)
const unc = ['val', 'testA', 'testB'] as const
const needs = (by: string) => `refs(${by}).p (or the same as .json) and instances.json of REFER, and train2014/ of COCO`

export const pointingSets: Readonly<Record<string, KnownSet<PointingSet>>> = {
  refcoco: known('RefCOCO', unc, needs('unc'), refer('refcoco', 'unc')),
  'refcoco+': known('RefCOCO+', unc, needs('unc'), refer('refcoco+', 'unc')),
  refcocog: known('RefCOCOg', ['val', 'test'], needs('umd'), refer('refcocog', 'umd')),
  'flickr30k-entities': known(
    'Flickr30k Entities',
    ['test', 'val'],
    'Annotations/, Sentences/, test.txt and val.txt of Flickr30k Entities, and flickr30k-images/',
    readFlickr30kEntities,
  ),
}

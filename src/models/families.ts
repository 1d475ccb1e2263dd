/**
 * All families of models, one per line. docs/families.md explains how to add one. A page that loads a plain CLIP model does not
 * download this file: import it only where other families can occur, and on demand.
 */
import { clip } from './clip/family'
import { invalidConfig, show } from './config/check-config'
import type { CLIPConfig } from './config/clip-config'
import type { Family, FamilyModel, Layout } from './family'
import { fgCLIP } from './fg-clip/family'
import { cosmos } from './cosmos/family'
import { flair } from './flair/family'
import { longCLIP } from './long-clip/family'
import { siglip } from './siglip/family'

/** Families by the name in configs. If two layouts fit a file, the one listed first is used. */
export const families: Readonly<Record<string, Family>> = {
  flair,
  cosmos,
  'long-clip': longCLIP,
  'fg-clip': fgCLIP,
  siglip,
  clip,
}

/** A layout, and the family that a config must name for its models. */
export interface FamilyLayout extends Layout {
  readonly family?: string
}

/** Every layout of every family, in the order in which they are tried. */
export const layouts: readonly FamilyLayout[] = Object.entries(families).flatMap(([name, { layouts: own, model }]) =>
  own.map((layout) => ({ ...layout, family: model && name })),
)

/** The family model of a config; `undefined` for CLIP. @throws DreamLIPError `INVALID_CONFIG` for an unknown family */
export function familyModel({ family }: Pick<CLIPConfig, 'family'>): FamilyModel | undefined {
  if (family === undefined) return undefined
  const model = Object.hasOwn(families, family) ? families[family]!.model : undefined
  if (model) return model
  const known = Object.keys(families).filter((name) => families[name]!.model)
  throw invalidConfig([`family: expected ${known.join(' or ')}, or none for CLIP, got ${show(family)}`])
}

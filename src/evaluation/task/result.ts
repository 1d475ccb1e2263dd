/** The result of a task for a model on a data set. */
import type { DataProblem } from '../datasets/data-set'

/** Values that JSON can hold. */
export type Json = string | number | boolean | null | readonly Json[] | { readonly [key: string]: Json }

/** The names of a run's figures, and their values: shares are from 0 to 1. `null` if a figure cannot be computed. */
export type Figures = Readonly<Record<string, number | null>>

/** The result of a class. */
export interface ClassFigure {
  readonly name: string
  /** Accuracy or intersection over union, from 0 to 1; `null` if the class does not occur. */
  readonly value: number | null
  /** Images or pixels of the class. */
  readonly count: number
}

export interface Confusion {
  readonly classes: readonly string[]
  /** The most frequent pairs `[true class, predicted class, count]`, as indices into `classes`; with the right ones, whose indices are equal. */
  readonly counts: readonly (readonly [truth: number, predicted: number, count: number])[]
}

/** An image that the model gets wrong. */
export interface HardExample {
  readonly id: string
  /** The path or address of the image, if it has one. */
  readonly image?: string
  readonly expected: string
  readonly predicted: string
  /** The size of the error, in the task's own measure; the largest comes first. */
  readonly severity: number
}

export interface Curve {
  readonly name: string
  readonly points: readonly (readonly [x: number, y: number])[]
}

export interface ResultTable {
  readonly title: string
  readonly columns: readonly string[]
  /** The first cell of a row is its name. */
  readonly rows: readonly (readonly (string | number | null)[])[]
  /** The columns whose numbers are counts; those of the others are shares from 0 to 1. */
  readonly counts?: readonly number[]
  /** A sentence that explains the table. */
  readonly note?: string
}

/** The details that a report shows beside its figures. Each task fills in those that it has. */
export interface Details {
  readonly perClass?: readonly ClassFigure[]
  readonly confusion?: Confusion
  readonly hardest?: readonly HardExample[]
  /** Recall by K. */
  readonly curves?: readonly Curve[]
  readonly tables?: readonly ResultTable[]
}

/** The result of a task. */
export interface TaskResult {
  readonly figures: Figures
  /** All choices that determine the figures, with their defaults filled in. */
  readonly protocol: Readonly<Record<string, Json>>
  /** Problems of the run, besides those of the reader: images that cannot be read, masks of another size. */
  readonly problems: readonly DataProblem[]
  readonly details: Details
}

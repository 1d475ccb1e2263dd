/** Mean average precision, the score of data sets whose images show several classes. */

/**
 * The mean over all classes of the average precision: the mean, over the images of the class, of the share of its images among those
 * that score at least as high. A class without images counts as 0, as in CLIP_benchmark. Equal scores count in the order of the images.
 * @param scores of each class, by image; undefined for an image that could not be read, which comes last
 * @param classesOf the classes of each image
 */
export function meanAveragePrecision(
  classCount: number,
  scores: readonly (ArrayLike<number> | undefined)[],
  classesOf: readonly (readonly number[])[],
): number {
  let sum = 0
  for (let at = 0; at < classCount; at++) {
    const scoreOf = (image: number) => scores[image]?.[at] ?? -Infinity
    const order = scores.map((_, image) => image).sort((a, b) => scoreOf(b) - scoreOf(a) || a - b)
    sum += averagePrecision(order.map((image) => classesOf[image]!.includes(at)))
  }
  return sum / classCount
}

/** @param isRight whether each image shows the class, the highest score first */
function averagePrecision(isRight: readonly boolean[]): number {
  let [found, sum] = [0, 0]
  isRight.forEach((right, i) => {
    if (right) sum += ++found / (i + 1)
  })
  return sum / Math.max(found, 1)
}

/** `dreamlip/drawing`: draws heat maps and segmentations as pictures. */
export { heatColor, hexColor, type Color } from '../drawing/color-map'
export {
  drawHeatMap,
  highestPoint,
  valueRange,
  type DrawHeatMapOptions,
  type PixelMap,
  type ValueRange,
} from '../drawing/heat-map'
export { drawSegmentation, segmentationLegend, type LabelMap, type LegendEntry } from '../drawing/segmentation'
export { encodePNG } from '../drawing/encode-png'
export { drawHistogram } from '../drawing/histogram'
export { DreamLIPError, type ErrorCode } from '../errors'

/** Every rule that needs ONNX's own operators alone. */
import { elementwiseRules } from './elementwise'
import { matrixRules } from './matrix'
import { reduceRules } from './reduce'
import type { Rules } from './rule'
import { shapeRules } from './shape'

export const plainRules: Rules = { ...elementwiseRules, ...matrixRules, ...reduceRules, ...shapeRules }

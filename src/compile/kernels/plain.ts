/** All rules that need only standard ONNX operators. */
import { binaryRules } from './binary'
import { convolutionRules } from './convolution'
import { gatherRules } from './gather'
import { matrixRules } from './matrix'
import { normalizeRules } from './normalize'
import { poolingRules } from './pooling'
import { reduceRules } from './reduce'
import { resizeRules } from './resize'
import type { Rules } from './rule'
import { scanRules } from './scan'
import { shapeRules } from './shape'
import { unaryRules } from './unary'

export const plainRules: Rules = {
  ...unaryRules,
  ...binaryRules,
  ...matrixRules,
  ...reduceRules,
  ...scanRules,
  ...shapeRules,
  ...gatherRules,
  ...convolutionRules,
  ...poolingRules,
  ...resizeRules,
  ...normalizeRules,
}

/** All rules that use only standard ONNX operators. */
import { binaryRules } from './elementwise/binary'
import { convolutionRules } from './windows/convolution'
import { gatherRules } from './moves/gather'
import { matrixRules } from './products/matrix'
import { normalizeRules } from './along-axes/normalize'
import { poolingRules } from './windows/pooling'
import { reduceRules } from './along-axes/reduce'
import { resizeRules } from './windows/resize'
import type { Rules } from './parts/rule'
import { scanRules } from './along-axes/scan'
import { shapeRules } from './moves/shape'
import { unaryRules } from './elementwise/unary'

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

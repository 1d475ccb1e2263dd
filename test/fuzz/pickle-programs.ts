/** Checkpoints whose pickles are random programs: every instruction is valid, but not their order. */
import { global, int, legacyFile, pickle, tensor, torchFile, unicode } from '../checkpoint/torch/builders/pickle'

const pieces: readonly Uint8Array[] = [
  ...['N', '}', ']', ')', '(', 't', 'u', 'e', 's', 'a', '0', '1', 'l', 'd', 'R', 'b', 'Q'].map((code) => pickle(code)),
  ...[0x81, 0x85, 0x86, 0x87, 0x88, 0x89, 0x8f, 0x90, 0x91, 0x93, 0x94].map((code) => pickle(code)),
  ...[0, 1, 2, 3].flatMap((id) => [pickle('q', id), pickle('h', id)]),
  ...[0, 1, -1, 4, 1e9, 0.5].map(int),
  ...['state_dict', 'w', 'module.w', '_metadata', '__proto__', 'storage', '0', 'cpu'].map(unicode),
  tensor(),
  tensor({ shape: [], stride: [] }),
  global('collections', 'OrderedDict'),
  global('collections', 'defaultdict'),
  global('argparse', 'Namespace'),
  global('torch', 'FloatStorage'),
  global('torch', 'Size'),
  global('torch._utils', '_rebuild_tensor_v2'),
  global('torch._utils', '_rebuild_parameter'),
  global('torch._tensor', '_rebuild_from_type_v2'),
  global('numpy', 'dtype'),
  global('numpy.core.multiarray', 'scalar'),
  global('numpy.core.multiarray', '_reconstruct'),
  global('_codecs', 'encode'),
  pickle('}', unicode('w'), tensor(), 's'),
]

/** @param pick a random number below another */
export function pickleProgram(pick: (below: number) => number): Uint8Array {
  const code = Array.from({ length: pick(41) }, () => pieces[pick(pieces.length)]!)
  return (pick(2) === 0 ? torchFile : legacyFile)(pickle(0x80, 2, ...code, '.'))
}

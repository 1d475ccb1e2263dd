/** Removes the additions of PyTorch's wrappers (compiling, FSDP, activation checkpointing, data parallelism) to parameter names. */

/** Segments that wrappers add to names, at any depth. No part of a CLIP has such a name. */
const wrappers =
  /(?:^|(?<=\.))(?:module|_orig_mod|_fsdp_wrapped_module|_checkpoint_wrapped_module|_fpw_module|_forward_module)\./g

/** The parameter's name before its model was wrapped. */
export function withoutWrappers(name: string): string {
  return name.replace(wrappers, '')
}

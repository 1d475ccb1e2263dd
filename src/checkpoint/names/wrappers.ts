/** What PyTorch's wrappers (compiling, FSDP, activation checkpointing, data parallelism) put into parameter names. */

/** Segments that stand before the names of a wrapped part, at any depth. No part of a CLIP is called so. */
const wrappers =
  /(?:^|(?<=\.))(?:module|_orig_mod|_fsdp_wrapped_module|_checkpoint_wrapped_module|_fpw_module|_forward_module)\./g

/** The name that the parameter had before its model was wrapped. */
export function withoutWrappers(name: string): string {
  return name.replace(wrappers, '')
}

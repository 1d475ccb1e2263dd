/** `dreamlip/tokenizer`: text to CLIP's token ids and back. */
export { Tokenizer, type TokenizerOptions, type TokenizedBatch, type TokenizedBatchLike } from '../tokenizer/tokenizer'
export { DreamLIPError, type ErrorCode } from '../errors'

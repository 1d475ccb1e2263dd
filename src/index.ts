/** The public API: names only, no code. */
export { DreamLIPError, type ErrorCode } from './errors'

/** What a bundle of the package exports. */
export { DreamLIP } from 'dreamlip'

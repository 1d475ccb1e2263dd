/** The exports of a bundle of the package. */
export { DreamLIP } from 'dreamlip'

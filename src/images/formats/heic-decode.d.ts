/** The optional package has no types of its own. */
declare module 'heic-decode'

/** The name of the small model inside the package, for `DreamLIP.load` and the command line. */
export const embeddedName = 'emoji-scenes'
